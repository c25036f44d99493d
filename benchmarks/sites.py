"""Servers and workers for the measurements: `manage.py` on data folders of their own."""

import http.client
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.serving import (
    ADMINISTRATOR,
    ROOT,
    DataFolder,
    first_line,
    make_data_folder,
    pieces,
    site_of,
    stop,
)

SETTINGS = {"DJANGO_SETTINGS_MODULE": "benchmarks.server.settings"}


class Connection:
    """Asks one question after the other; no slower than it must be."""

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        self._http = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        self.headers = dict(headers)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        text = None if body is None else json.dumps(body)
        headers = {**self.headers, **({"Content-Type": "application/json"} if text else {})}
        self._http.request(method, path, text, headers)
        answer = self._http.getresponse()
        return answer.status, answer.read()

    def submit(self, operation: str, **options: int) -> str:
        """The new job's id."""
        body = {"operation": operation, "all": True, "options": options}
        status, text = self.ask("POST", "/api/jobs/", body)
        assert status == 201, text
        return str(json.loads(text)["job_id"])

    def job(self, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ask("GET", f"/api/jobs/{job_id}/")[1])
        return found

    def cancel(self, job_id: str) -> None:
        self.ask("POST", f"/api/jobs/{job_id}/cancel/")


@dataclass
class Server:
    """A running server, with the processes that work beside it."""

    address: str
    data: DataFolder
    processes: "list[Popen[str]]" = field(default_factory=list)

    @property
    def web(self) -> int:
        """The process that answers."""
        first = self.processes[0].pid
        return pieces(first).get("web", first)

    @property
    def pids(self) -> list[int]:
        """All of its processes but the children that perform items."""
        all_of_them = (process.pid for process in self.processes)
        return [pid for each in all_of_them for pid in (each, *_parts(each))]

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.data.key}"}

    def connect(self) -> Connection:
        return Connection(self.address, self.authorization)

    def signed_in(self) -> Connection:
        """As a browser is."""
        return Connection(self.address, {"Cookie": _session(self.address)})


def _parts(pid: int) -> Iterator[int]:
    return (child for name, child in pieces(pid).items() if name in ("web", "worker"))


def _session(address: str) -> str:
    """The cookies of the administrator, signed in."""
    browser = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    browser.request("GET", "/login/")
    answer = browser.getresponse()
    page = answer.read().decode()
    form = {
        "username": ADMINISTRATOR["DJANGO_SUPERUSER_USERNAME"],
        "password": ADMINISTRATOR["DJANGO_SUPERUSER_PASSWORD"],
        "csrfmiddlewaretoken": page.partition('csrfmiddlewaretoken" value="')[2].partition('"')[0],
    }
    headers = {"Cookie": _cookies(answer), "Content-Type": "application/x-www-form-urlencoded"}
    browser.request("POST", "/login/", urlencode(form), headers)
    answer = browser.getresponse()
    assert answer.status == 302, answer.status
    return _cookies(answer)


def _cookies(answer: http.client.HTTPResponse) -> str:
    return "; ".join(v.partition(";")[0] for v in answer.msg.get_all("Set-Cookie") or [])


def data_folder(path: Path, **extra: str) -> DataFolder:
    return make_data_folder(path, **SETTINGS, **extra)


def _launch(data: DataFolder, *arguments: str) -> "Popen[str]":
    """As a user begins it, where the tests fork theirs."""
    with data.log.open("a") as log:
        return Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=data.environment,
            stdout=PIPE,
            stderr=log,
            text=True,
        )


@contextmanager
def serving(data: DataFolder, *arguments: str) -> Iterator[Server]:
    """`manage.py serve` on a free port; stopped at the end whatever happens."""
    process = _launch(data, "serve", "--port", "0", *arguments)
    try:
        yield Server(site_of(process, data).address, data, [process])
    finally:
        stop(process)


@contextmanager
def working(data: DataFolder, *, workers: int) -> "Iterator[Popen[str]]":
    """`manage.py jobworker`; stopped at the end whatever happens."""
    process = _launch(data, "jobworker", "--workers", str(workers))
    try:
        assert first_line(process), data.log.read_text()
        yield process
    finally:
        stop(process)


@contextmanager
def scaled_out(folder: Path, settings: Mapping[str, str], *, workers: int) -> Iterator[Server]:
    """A server without a worker and a worker without a server, on PostgreSQL and Redis."""
    from tests.services import token

    extra = {**settings, **SETTINGS}
    data = [DataFolder(folder / name, token(), extra) for name in ("server", "worker")]
    folder.mkdir(parents=True)
    with working(data[1], workers=workers) as worker, serving(data[0], "--no-worker") as server:
        server.processes.append(worker)
        yield server


def settle(seconds: float = 1.0) -> None:
    """Children are made beside the first requests; they are not what is measured."""
    time.sleep(seconds)
