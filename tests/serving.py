"""Real servers for tests: `manage.py serve` as a child process on a data folder of its own."""

import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx

from tests.launching import ROOT as ROOT
from tests.launching import Begun, Process, run

STOP_SECONDS = 20
_PAGE = "/api/jobs/{}/items/?page_size=200&after={}"
ADDRESS = re.compile(r"http://\S+?:\d+")

_NOT_INHERITED = ("DATABASE_URL", "REDIS_URL")
"""The tests' own database is not for servers that tests start."""

ADMINISTRATOR = {
    "DJANGO_SUPERUSER_USERNAME": "admin",
    "DJANGO_SUPERUSER_PASSWORD": "correct horse battery",
    "DJANGO_SUPERUSER_EMAIL": "admin@localhost",
}


@dataclass
class DataFolder:
    """A data folder with a migrated database, an administrator and an API token."""

    path: Path
    key: str
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        """What its processes wrote to their standard error."""
        return self.path.with_name(f"{self.path.name}.log")

    @property
    def environment(self) -> dict[str, str]:
        ours = {name: os.environ[name] for name in os.environ if name not in _NOT_INHERITED}
        return {
            **ours,
            "DATA_DIR": str(self.path),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            **self.extra,
        }

    def manage(
        self, *arguments: str, check: bool = True, given: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        """`given` is its standard input."""
        done = run(arguments, self.environment, given=given, timeout_seconds=100)
        if check:
            done.check_returncode()
        return done


@cache
def _parent() -> Path:
    path = Path(mkdtemp(prefix="comicmaintainer-template-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


@cache
def _migrated() -> DataFolder:
    """Made once: migrating takes longer than the tests that need it."""
    data = DataFolder(_parent() / "migrated", "")
    data.manage("migrate", "-v", "0")
    return data


@cache
def _template() -> DataFolder:
    data = make_new_data_folder(_parent() / "template", **ADMINISTRATOR)
    data.manage("createsuperuser", "--noinput")
    data.key = data.manage("createtoken", "admin").stdout.strip()
    return data


def make_new_data_folder(path: Path, **extra: str) -> DataFolder:
    """With the database alone, as before the first start."""
    shutil.copytree(_migrated().path, path)
    return DataFolder(path, "", extra)


def make_data_folder(path: Path, **extra: str) -> DataFolder:
    template = _template()
    shutil.copytree(template.path, path)
    return DataFolder(path, template.key, extra)


@dataclass
class Site:
    """A running server."""

    process: Begun
    address: str
    data: DataFolder

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Token {self.data.key}"}
        return httpx.Client(base_url=self.address, headers=headers, timeout=30)

    def submit(self, operation: str, **body: Any) -> dict[str, Any]:
        body.setdefault("all", True)
        with self.client() as client:
            answer = client.post("/api/jobs/", json={"operation": operation, **body})
        assert answer.status_code == 201, answer.text
        job: dict[str, Any] = answer.json()
        return job

    def job(self, job_id: str) -> dict[str, Any]:
        with self.client() as client:
            job: dict[str, Any] = client.get(f"/api/jobs/{job_id}/").json()
        return job

    def items(self, job_id: str) -> list[dict[str, Any]]:
        """All results of a job so far, in the order of completion."""
        found: list[dict[str, Any]] = []
        with self.client() as client:
            while page := client.get(_PAGE.format(job_id, len(found))).json()["results"]:
                found += page
        return found

    def piece(self, name: str) -> int:
        """The process id of its "web" or its "worker", as soon as there is one."""
        deadline = time.monotonic() + STOP_SECONDS
        while (found := pieces(self.process.pid).get(name)) is None:
            assert time.monotonic() < deadline, f"there is no process {name}"
            time.sleep(0.01)
        return found

    def terminate(self) -> int:
        """Stop it as `kill` does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


def pieces(pid: int) -> dict[str, int]:
    """The children of a process by their names, as `ps` shows them."""
    found = {}
    with suppress(OSError):  # one is just gone
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found[Path(f"/proc/{child}/comm").read_text().strip()] = int(child)
    return found


@contextmanager
def running(data: DataFolder, *arguments: str) -> Iterator[Process]:
    """`manage.py` as a child process; stopped at the end whatever happens."""
    process = launch(data, *arguments)
    try:
        yield process
    finally:
        stop(process)
        sys.stderr.write(data.log.read_text())  # pytest shows it where a test failed


def launch(data: DataFolder, *arguments: str) -> Process:
    """Its errors go to `data.log`; its caller ends it with `stop`."""
    with data.log.open("a") as log:
        return Process(arguments, data.environment, errors=log)


def stop(process: Begun) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


def kill(process: Begun) -> None:
    process.kill()
    process.wait()


def site_of(process: Begun, data: DataFolder) -> Site:
    """Waits until the server listens."""
    line = first_line(process)
    found = ADDRESS.search(line)
    assert found, f"the server did not start: {line!r} {data.log.read_text()}"
    return Site(process, found[0], data)


def first_line(process: Begun) -> str:
    """What a process says when it is ready; empty where it ended before."""
    assert process.stdout is not None
    return process.stdout.readline()


@contextmanager
def serving(data: DataFolder, *arguments: str) -> Iterator[Site]:
    """A server on a free port; stopped at the end whatever happens."""
    with running(data, "serve", "--port", "0", *arguments) as process:
        yield site_of(process, data)


@contextmanager
def working(data: DataFolder, *arguments: str) -> Iterator[Process]:
    """A worker without a server; stopped at the end whatever happens."""
    with running(data, "jobworker", *arguments) as process:
        assert first_line(process), f"the worker did not start: {data.log.read_text()}"
        yield process
