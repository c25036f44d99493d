"""The product's settings on a data folder of the tests' own, with operations for tests."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Tests run in several processes at once, each with a data folder of its own; servers and workers
# that they start as processes inherit it.
runner = os.environ.get("PYTEST_XDIST_WORKER", "")
if "DATA_DIR" not in os.environ or os.environ.get("TEST_RUNNER", "") != runner:
    os.environ["TEST_RUNNER"] = runner
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="comicmaintainer-test-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

from comicmaintainer.settings import *  # noqa: E402, F403
from comicmaintainer.settings import DATA_DIR, DATABASES, INSTALLED_APPS  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "tests.jobs"]
on_sqlite = DATABASES["default"]["ENGINE"].endswith("sqlite3")
# A file, because servers and workers in other processes use it too.
test_name = str(Path(DATA_DIR) / "test.sqlite3") if on_sqlite else "comicmaintainer_test"
DATABASES["default"]["TEST"] = {"NAME": test_name}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ASGI_APPLICATION = "tests.counting.application"
