"""What of deploy/ can be checked without an engine that runs it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from tests.deployment.fronts import DEPLOY

ROOT = DEPLOY.parent
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
OURS = re.compile(r"^\| `([A-Z_]+)`", re.M)
OF_THE_CONTAINER = {"PUID", "PGID"}


def compose(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / name).read_text())
    return loaded


def ours(name: str) -> dict[str, dict[str, Any]]:
    services = compose(name)["services"]
    return {key: each for key, each in services.items() if each["image"] == "comicmaintainer"}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text().replace("/opt/comicmaintainer/.venv/bin/python", sys.executable)
        text = text.replace("/opt/comicmaintainer", str(ROOT))
        (tmp_path / unit.name).write_text(text)
    units = [str(tmp_path / unit.name) for unit in UNITS]
    found = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stderr) == (0, "")


def test_the_units_name_commands_and_settings_that_exist() -> None:
    known = set(OURS.findall((ROOT / "docs" / "settings.md").read_text()))
    for unit in DEPLOY.glob("*.service"):
        text = unit.read_text()
        commands = re.findall(r"manage\.py (\w+)", text)
        assert commands
        for command in commands:
            places = ROOT.glob(f"*/management/commands/{command}.py")
            assert command == "migrate" or list(places), command
        named = re.findall(r"([A-Z_]+)=", "".join(re.findall(r"^Environment=(.*)", text, re.M)))
        assert set(named) - {"PYTHONUNBUFFERED"} <= known


@pytest.mark.parametrize("name", ["compose.yaml", "compose.scale.yaml"])
def test_the_containers_are_closed_and_have_only_settings_that_exist(name: str) -> None:
    known = set(OURS.findall((ROOT / "docs" / "settings.md").read_text()))
    for service in ours(name).values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert set(service["environment"]) - OF_THE_CONTAINER <= known
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_no_secret_and_no_open_database_is_in_the_compose_files() -> None:
    services = compose("compose.scale.yaml")["services"]
    for name in ("database", "redis"):
        assert "ports" not in services[name]
        assert "healthcheck" in services[name]
    environment = services["web"]["environment"]
    for secret in (
        environment["SECRET_KEY"],
        services["database"]["environment"]["POSTGRES_PASSWORD"],
    ):
        assert re.fullmatch(r"\$\{\w+:\?.+\}", secret)


def test_the_image_has_what_it_copies_and_runs_as_no_root() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M)
    sent = (ROOT / ".dockerignore").read_text().splitlines()
    for name in " ".join(copied).split():
        assert (ROOT / name).exists(), name
        assert f"!{name}" in sent, name
    assert "HEALTHCHECK" in text
    assert os.access(DEPLOY / "entrypoint.sh", os.X_OK)


needs_root = pytest.mark.skipif(
    os.getuid() != 0 or not shutil.which("setpriv"), reason="only root becomes somebody else"
)


def start(folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """The entry point, with a program in the place of python that says who it is."""
    program = folder / "bin" / "python"
    program.parent.mkdir(exist_ok=True)
    program.write_text('#!/bin/sh\necho "$(id -u) $(id -g) $(id -G) $*"\n')
    program.chmod(0o755)
    folder.chmod(0o755)
    environment = {"PATH": f"{program.parent}:/usr/bin:/bin", "DATA_DIR": str(folder / "data")}
    return subprocess.run(
        [DEPLOY / "entrypoint.sh", "jobworker", "--workers", "2"],
        env=environment | settings,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that others may enter, unlike pytest's own."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


@needs_root
def test_the_container_becomes_the_user_that_owns_the_comics(open_folder: Path) -> None:
    (open_folder / "data").mkdir()
    (open_folder / "data" / "db.sqlite3").touch()
    done = start(open_folder, PUID="12345", PGID="12346")
    assert done.stdout == "12345 12346 12346 manage.py jobworker --workers 2\n", done.stderr
    for path in (open_folder / "data", open_folder / "data" / "db.sqlite3"):
        assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12346)


@needs_root
@pytest.mark.parametrize("settings", [{"PUID": "0"}, {"PUID": "root"}, {"PGID": "1;id"}])
def test_the_container_does_not_run_as_root(open_folder: Path, settings: dict[str, str]) -> None:
    done = start(open_folder, **settings)
    assert (done.returncode, done.stdout) == (2, "")
    assert "must" in done.stderr
