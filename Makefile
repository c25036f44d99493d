# make run    serve ComicMaintainer on 127.0.0.1:8000; COMICS=/path/to/comics names a folder
# make test   everything the tests need, then all of them
# make screenshots   pictures of every page and state, in screenshots/
# make fault  the long fault tests: 1,300 kills, every call failing in every way (an hour)
# make bench  how fast it is, beside the disk's limit and other tools (docs/benchmarks.md)
# make lint   what a change must pass besides
.PHONY: run test screenshots fault bench lint format lock clean

PYTHON ?= python3
BIN = .venv/bin
MANAGE = $(BIN)/python manage.py
export COMICS
# Compiled modules are kept: the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

run: .venv/run
	@$(MANAGE) migrate -v 0
	@exec $(MANAGE) serve --sample

test: .venv/test
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

screenshots: .venv/test
	SCREENSHOTS=1 $(BIN)/python -m pytest $(foreach page,accessibility comic_page duplicates \
		first_run,tests/browser/test_$(page).py)

fault: .venv/test
	FAULT_ROUNDS=$${FAULT_ROUNDS:-1300} API_CASES=$${API_CASES:-10000} \
		$(BIN)/python -m pytest tests/faults tests/scaleout --timeout 7200

bench: .venv/test
	$(BIN)/python -m benchmarks $(BENCH)

lint: .venv/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -r comicmaintainer jobs library -c pyproject.toml
	$(BIN)/python -m tests.auditing
	git ls-files -z 'templates/*.html' | xargs -0 -r $(BIN)/djade --check
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) check --deploy --fail-level WARNING

format: .venv/test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: .venv/test
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-trusted-host \
		--no-emit-find-links --no-header requirements.in -o requirements.txt
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-trusted-host \
		--no-emit-find-links --no-header requirements-dev.in -o requirements-dev.txt

.venv/run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@echo "Installing packages (once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/test: .venv/run requirements-dev.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@# RUNLEVEL: the proxies are for tests, which start them; they are no services here.
	@PATH=$$PATH:/usr/sbin:/sbin; { command -v chromium && command -v nginx && command -v caddy \
		&& command -v mkfs.xfs; } >/dev/null || [ "$$(id -u)" != 0 ] || { apt-get update -qq && \
		RUNLEVEL=1 apt-get install -y -qq chromium chromium-driver nginx-light caddy xfsprogs; }
	@touch $@

clean:
	rm -rf .venv .venv-bench .mypy_cache .ruff_cache .pytest_cache
