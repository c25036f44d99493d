"""What streams must bear: a burst with joins in it, a stop, clients that never read, idleness."""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from benchmarks.crowds import OURS, audience, gathered
from benchmarks.processes import footprint, processor_seconds
from benchmarks.sites import Server
from benchmarks.watching import Watcher, request

CROWD, JOINS = 1000, 100
BURST = 2000
STOPPED_STREAMS = 100
_SILENT = 20
_SILENT_ITEMS = 30_000
_IDLE_STREAMS, _IDLE_SECONDS = 10, 20
_SMALL_WINDOW_BYTES = 4096


@dataclass(frozen=True)
class Trials:
    burst_seconds: float | None
    """From its last update to when all knew of the end; None where some never did."""
    burst_ended: int
    stop_seconds: float
    exit_code: int
    silent_mib: float
    """What each client that never reads cost."""
    idle_percent: float
    """Of a core."""


def trials(folder: Path) -> Trials:
    return Trials(
        *_burst(folder / "burst"),
        *_stop(folder / "stop"),
        _silent(folder / "silent"),
        _idle(folder / "idle"),
    )


def _burst(folder: Path) -> tuple[float | None, int]:
    """Those that join come as pages do: with the position at which they were rendered."""
    path = f"{OURS}?lastEventId=jobs:0"
    with (
        audience(folder) as (server, keys),
        gathered(server, keys, CROWD, path=path, later=JOINS) as crowd,
    ):
        server.connect().submit("tell", count=BURST)
        told = crowd.told()
    ended = int(told["ended"])
    return (told["converged_seconds"] if ended == CROWD else None), ended


def _stop(folder: Path) -> tuple[float, int]:
    with audience(folder) as (server, keys), gathered(server, keys, STOPPED_STREAMS):
        server.connect().submit("tell", count=10_000, per_second=20)
        time.sleep(2)
        begun = monotonic()
        server.processes[0].terminate()
        code = server.processes[0].wait()
        return monotonic() - begun, code


def _silent(folder: Path) -> float:
    """After a job without them, so that what the server keeps of any job is there already."""
    with audience(folder) as (server, keys), Watcher(server) as watcher:
        for _ in range(2):
            watcher.end(server.connect().submit("tell", count=_SILENT_ITEMS))
        before = footprint(server.web).own_mib
        with _open(server, keys[0], _SILENT):
            watcher.end(server.connect().submit("tell", count=_SILENT_ITEMS))
            return (footprint(server.web).own_mib - before) / _SILENT


def _idle(folder: Path) -> float:
    with audience(folder) as (server, keys), _open(server, keys[0], _IDLE_STREAMS):
        time.sleep(3)
        before = processor_seconds(*server.pids)
        time.sleep(_IDLE_SECONDS)
        return (processor_seconds(*server.pids) - before) / _IDLE_SECONDS * 100


@contextmanager
def _open(server: Server, key: str, count: int) -> Iterator[Sequence[socket.socket]]:
    """Clients that send their request, and never read."""
    where = urlsplit(server.address)
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.socket()) for _ in range(count)]
        for client in opened:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_WINDOW_BYTES)
            client.connect((where.hostname, where.port))
            client.sendall(request(server.address, OURS, key))
        yield opened
