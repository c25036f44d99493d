"""So many clients at twenty updates a second: ours, the stock view, and a bare server."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bare import PER_SECOND
from benchmarks.crowds import OURS, STOCK, Crowd, DidNotConnect, audience, bare, gathered
from benchmarks.processes import Footprint, footprint, processor_seconds, shared_mib
from benchmarks.sites import Server

HUB, STOCK_PLAIN, STOCK_STORED, BARE = (
    "ours",
    "django-eventstream",
    "django-eventstream, stored",
    "bare asyncio",
)
CLIENTS = (1, 10, 100, 1000, 5000)
_STOCK_CLIENTS = (100, 1000)
_SECONDS = 8
_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Fanout:
    name: str
    clients: int
    connected_seconds: float
    per_second: float
    delivered: float
    """Part of the events times clients."""
    p50_ms: float
    p99_ms: float
    converged_seconds: float | None
    """From the last event to when the last client knew of the end; None where some never did."""
    used: Footprint
    """Of the process that answers."""
    all_mib: float
    """Of the whole server."""
    processor: float
    """The same, in cores."""
    crowd_processor: float


def fanouts(folder: Path) -> Iterator[Fanout | str]:
    """A sentence in place of what could not be measured."""
    for clients in CLIENTS:
        yield from _attempt(HUB, clients, folder)
    for clients in _STOCK_CLIENTS:
        yield from _attempt(STOCK_PLAIN, clients, folder)
        yield from _attempt(STOCK_STORED, clients, folder)
    for clients in CLIENTS[2:]:
        with bare(clients, _SECONDS) as server, gathered(server, [""] * 100, clients) as crowd:
            yield _outcome(BARE, server, crowd, clients)


def _attempt(name: str, clients: int, folder: Path) -> Iterator[Fanout | str]:
    sys.stderr.write(f"{name}, {clients:,} clients ...\n")
    place = folder / f"{name}-{clients}".replace(" ", "")
    extra = {STOCK_PLAIN: {"STOCK": "plain"}, STOCK_STORED: {"STOCK": "stored"}}.get(name, {})
    path = OURS if name == HUB else STOCK
    with audience(place, **extra) as (server, keys):
        try:
            with gathered(server, keys, clients, path=path, seconds=_PATIENCE_SECONDS) as crowd:
                server.connect().submit("tell", count=_SECONDS * PER_SECOND, per_second=PER_SECOND)
                yield _outcome(name, server, crowd, clients)
        except DidNotConnect as error:
            yield f"{name}, {clients:,} clients: {error}."


def _outcome(name: str, server: Server, crowd: Crowd, clients: int) -> Fanout:
    before = processor_seconds(*server.pids)
    told = crowd.told()
    return Fanout(
        name,
        clients,
        crowd.connected_seconds,
        told["told"] / _SECONDS,
        told["told"] / (clients * PER_SECOND * _SECONDS),
        told["p50_ms"],
        told["p99_ms"],
        told["converged_seconds"] if told["ended"] == clients else None,
        footprint(server.web),
        shared_mib(*server.pids),
        (processor_seconds(*server.pids) - before) / _SECONDS,
        told["processor_seconds"] / _SECONDS,
    )
