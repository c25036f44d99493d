"""One client of the event stream: what it was told of jobs, and when."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

from benchmarks.sites import Server

PATIENCE_SECONDS = 60
ENDED = ("completed", "failed", "cancelled")


class Update(NamedTuple):
    at: float
    job_id: str
    status: str
    n: int
    """The item's number in the order of completion; 0 where it is about no item."""
    position: int


class Watcher:
    """Reads in a thread until `close`."""

    def __init__(self, server: Server) -> None:
        self.updates: list[Update] = []
        self._news = threading.Condition()
        self._opened = threading.Event()
        host, _, port = urlsplit(server.address).netloc.partition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS)
        self._socket.sendall(request(server.address, "/api/events/stream", server.data.key))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        assert self._opened.wait(PATIENCE_SECONDS), "the stream did not open"

    def __enter__(self) -> "Watcher":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE_SECONDS)
        self._socket.close()

    def wait(
        self, wanted: Callable[[Update], bool], *, after: int = 0, seconds: float = PATIENCE_SECONDS
    ) -> Update:
        """The first such update from number `after` on."""
        deadline = monotonic() + seconds
        with self._news:
            while True:
                for update in self.updates[after:]:
                    if wanted(update):
                        return update
                after = len(self.updates)
                if not self._news.wait(deadline - monotonic()):
                    raise TimeoutError(f"not told within {seconds:g} s")

    def items(self, job_id: str) -> list[Update]:
        return [update for update in self.updates if update.job_id == job_id and update.n]

    def end(self, job_id: str) -> Update:
        return self.wait(lambda update: update.job_id == job_id and update.status in ENDED)

    def first_item(self, job_id: str) -> Update:
        return self.wait(lambda update: update.job_id == job_id and update.n > 0)

    def _read(self) -> None:
        rest = b""
        with suppress(OSError):
            while data := self._socket.recv(1 << 18):
                at = monotonic()
                *events, rest = (rest + data).split(b"\n\n")
                found = list(_parsed(events, at))
                with self._news:
                    self.updates += found
                    self._news.notify_all()
                if b"stream-open" in data:
                    self._opened.set()


def _parsed(events: list[bytes], at: float) -> Iterator[Update]:
    for event in events:
        head, _, text = event.partition(b"data: ")
        if b"event: job_updated" in head:
            data = json.loads(text)["data"]
            item = data.get("item", {})
            numbers = item.get("n", 0), item.get("position", 0)
            yield Update(at, data["job_id"], data["status"], *numbers)


def request(address: str, path: str, key: str) -> bytes:
    """HTTP/1.0, whose answer is not chunked: nothing lies between, or within, the events."""
    host = urlsplit(address).netloc
    lines = (f"GET {path} HTTP/1.0", f"Host: {host}", f"Authorization: Token {key}", "", "")
    return "\r\n".join(lines).encode()
