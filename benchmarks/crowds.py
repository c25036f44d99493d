"""Our side of the talk with a crowd of clients, and with the servers that they listen to."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.environments import ROOT
from benchmarks.sites import Server, data_folder, serving, settle
from benchmarks.watching import request
from tests.serving import DataFolder

OURS, STOCK = "/api/events/stream", "/stock/"
_STREAMS_PER_USER = 50
_MOST_CLIENTS = 5000
_MAKE_USERS = """
from django.contrib.auth.models import User
from comicmaintainer.models import ApiToken
for number in range({}):
    print(ApiToken.objects.issue(User.objects.create(username=f"user{{number}}"), ""))
"""


class DidNotConnect(Exception):
    pass


class Crowd:
    """Connected when it is made; `told` waits until all have heard of the job's end."""

    def __init__(
        self, address: str, requests: Sequence[bytes], *, later: int = 0, seconds: float = 60
    ) -> None:
        where = urlsplit(address)
        texts = [text.decode() for text in requests]
        plan: dict[str, Any] = {"host": where.hostname, "port": where.port, "requests": texts}
        plan |= {"later": later, "seconds": seconds}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.crowd"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin
        self.process.stdin.write(json.dumps(plan) + "\n")
        self.process.stdin.flush()
        opened = self._answer()
        self.connected_seconds: float = opened["seconds"]
        if not opened["connected"]:
            raise DidNotConnect(f"not all had connected after {self.connected_seconds:.0f} s")

    def told(self) -> dict[str, float]:
        found: dict[str, float] = self._answer()
        return found

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()

    def _answer(self) -> Any:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())


@contextmanager
def gathered(
    server: Server, keys: Sequence[str], count: int, *, path: str = OURS, **how: Any
) -> Iterator[Crowd]:
    """So many clients, each user with as many as one may have. Raises DidNotConnect."""
    chosen = [keys[number // _STREAMS_PER_USER] for number in range(count)]
    crowd = Crowd(server.address, [request(server.address, path, key) for key in chosen], **how)
    try:
        yield crowd
    finally:
        crowd.close()


@contextmanager
def audience(folder: Path, **extra: str) -> Iterator[tuple[Server, list[str]]]:
    """A server with one child, and the tokens of enough users."""
    data = data_folder(folder, **extra)
    users = _MOST_CLIENTS // _STREAMS_PER_USER
    keys = data.manage("shell", "-v", "0", "-c", _MAKE_USERS.format(users)).stdout.split()
    worker = ["--no-worker"] if "STOCK" in extra else ["--workers", "1"]
    with serving(data, *worker) as server:
        settle()
        yield server, keys


@contextmanager
def bare(clients: int, seconds: int) -> Iterator[Server]:
    command = [sys.executable, "-m", "benchmarks.bare", str(clients), str(seconds)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield Server(process.stdout.readline().strip(), DataFolder(ROOT, ""), [process])
    finally:
        process.kill()
        process.communicate()
