"""Real servers for tests: `manage.py serve` as a child process on a data folder of its own."""

import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 20
ADDRESS = re.compile(r"http://\S+?:\d+")


@dataclass
class DataFolder:
    """A data folder with a migrated database, an administrator and an API token."""

    path: Path
    key: str
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATA_DIR": str(self.path),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            **self.extra,
        }

    def manage(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            check=check,
            capture_output=True,
            text=True,
            timeout=100,
        )


@cache
def _template() -> DataFolder:
    """Made once: migrating takes longer than the tests that need it."""
    data = DataFolder(Path(mkdtemp(prefix="comicmaintainer-template-")), "")
    atexit.register(shutil.rmtree, data.path, ignore_errors=True)
    data.manage("migrate", "-v", "0")
    data.extra = {
        "DJANGO_SUPERUSER_USERNAME": "admin",
        "DJANGO_SUPERUSER_PASSWORD": "correct horse battery",
        "DJANGO_SUPERUSER_EMAIL": "admin@localhost",
    }
    data.manage("createsuperuser", "--noinput")
    data.key = data.manage("createtoken", "admin").stdout.strip()
    return data


def make_data_folder(path: Path, **extra: str) -> DataFolder:
    template = _template()
    shutil.copytree(template.path, path)
    return DataFolder(path, template.key, extra)


@dataclass
class Site:
    """A running server."""

    process: "subprocess.Popen[str]"
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

    def terminate(self) -> int:
        """Stop it as `kill` does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


@contextmanager
def serving(data: DataFolder, *arguments: str) -> Iterator[Site]:
    """A server on a free port; stopped at the end whatever happens."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", "0", *arguments],
        cwd=ROOT,
        env=data.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = ADDRESS.search(line)
        assert found, f"the server did not start: {line!r}"
        yield Site(process, found[0], data)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
