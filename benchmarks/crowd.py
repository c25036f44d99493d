"""Many clients of one event stream, in a process of their own: `python -m benchmarks.crowd`.

Sockets and epoll without a framework, so that the server is what is measured: what several
clients get in the same bytes is parsed once. It talks JSON lines: a plan on its standard input, a
line when all are connected, and what they were told when they have all heard of the job's end.
"""

import json
import re
import select
import socket
import sys
from array import array
from dataclasses import dataclass
from time import monotonic, process_time
from typing import Any

from benchmarks.processes import allow_many_files

_AT_ONCE = 40
"""So many are connecting at a time: daphne lets fifty wait."""
_MARK = re.compile(rb"at=([0-9.]+);")
_END = b'"status": "completed"'
_KEEP_PARSED = 5000


@dataclass(slots=True)
class Client:
    socket: socket.socket
    is_open: bool = False
    rest: bytes = b""
    told: int = 0
    ended_at: float = 0.0


@dataclass(frozen=True)
class Parsed:
    rest: bytes
    marks: tuple[float, ...]
    has_end: bool


class Crowd:
    def __init__(self, plan: dict[str, Any]) -> None:
        self.address = (plan["host"], plan["port"])
        self.waiting = [request.encode() for request in reversed(plan["requests"])]
        self.later = plan["later"]
        """So many of them join only when the first has been told of an item."""
        self.deadline = monotonic() + plan["seconds"]
        self.clients: dict[int, Client] = {}
        self.opening = self.ended = self.lost = 0
        self.total = len(self.waiting)
        self.delays_ms = array("d")
        self.last_mark = 0.0
        self._poll = select.epoll()
        self._parsed: dict[bytes, Parsed] = {}

    def connect_all(self) -> bool:
        """All but those that join later; whether they did."""
        while len(self.waiting) > self.later or self.opening:
            if monotonic() > self.deadline:
                return False
            while self.opening < _AT_ONCE and len(self.waiting) > self.later:
                self._connect()
            self._turn()
        return True

    def listen(self) -> None:
        while self.ended + self.lost < self.total and monotonic() < self.deadline:
            if self.last_mark and self.waiting and self.opening < _AT_ONCE:
                self._connect()
            self._turn()

    def _connect(self) -> None:
        client = Client(socket.create_connection(self.address))
        client.socket.sendall(self.waiting.pop())
        client.socket.setblocking(False)
        self.clients[client.socket.fileno()] = client
        self._poll.register(client.socket, select.EPOLLIN)
        self.opening += 1

    def _turn(self) -> None:
        for number, _ in self._poll.poll(0.01 if self.waiting else 0.1):
            client = self.clients[number]
            try:
                data = client.socket.recv(1 << 17)
            except OSError:
                data = b""
            if data:
                self._take(client, client.rest + data)
            else:
                self._lose(client)

    def _lose(self, client: Client) -> None:
        self._poll.unregister(client.socket)
        self.lost += not client.ended_at
        self.opening -= not client.is_open
        client.is_open = True

    def _take(self, client: Client, data: bytes) -> None:
        now = monotonic()
        if not client.is_open and b"stream-open" in data:
            client.is_open = True
            self.opening -= 1
        found = self._parsed.get(data) or self._parse(data)
        client.rest = found.rest
        client.told += len(found.marks)
        self.delays_ms.extend([(now - mark) * 1000 for mark in found.marks])
        if found.has_end and not client.ended_at:
            client.ended_at = now
            self.ended += 1

    def _parse(self, data: bytes) -> Parsed:
        whole, blank_line, rest = data.rpartition(b"\n\n")
        marks = tuple(map(float, _MARK.findall(whole)))
        if marks:
            self.last_mark = max(self.last_mark, *marks)
        if len(self._parsed) > _KEEP_PARSED:
            self._parsed.clear()
        found = self._parsed[data] = Parsed(rest, marks, _END in whole)
        return found

    def summary(self) -> dict[str, float]:
        delays = sorted(self.delays_ms) or [0.0]
        last = max((client.ended_at for client in self.clients.values()), default=0.0)
        return {
            "told": len(self.delays_ms),
            "fewest": min(client.told for client in self.clients.values()),
            "p50_ms": delays[len(delays) // 2],
            "p99_ms": delays[int(len(delays) * 0.99)],
            "ended": self.ended,
            "converged_seconds": max(0.0, last - self.last_mark),
        }


def main() -> None:
    allow_many_files()
    crowd = Crowd(json.loads(sys.stdin.readline()))
    begun = monotonic()
    _say({"connected": crowd.connect_all(), "seconds": monotonic() - begun})
    used = process_time()
    crowd.listen()
    _say({**crowd.summary(), "processor_seconds": process_time() - used})


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
