"""How many items a second: each in a child, each recorded, each told to a client."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.processes import processor_seconds
from benchmarks.sites import Server, data_folder, scaled_out, serving, settle
from benchmarks.watching import Update, Watcher
from tests import services

CHILDREN = (1, 2, 4)
SQLITE, POSTGRES = "SQLite, one server", "PostgreSQL + Redis"
_ITEMS = 4000
_WARM_UP = 400


@dataclass(frozen=True)
class Run:
    per_second: float
    """Over the job's own time, from its start to its end."""
    told_per_second: float
    """As the client saw its items come."""
    told: float
    """Part of the items whose event the client got."""
    wall_ms: float
    processor_ms: float
    """Of the server, and of the worker where that is another process; not of the children."""


@dataclass(frozen=True)
class Rate:
    database: str
    children: int
    runs: list[Run]

    def middle(self, figure: str) -> float:
        return float(median(getattr(run, figure) for run in self.runs))


def rates(folder: Path, *, rounds: int) -> Iterator[Rate]:
    for children in CHILDREN:
        yield _rate(SQLITE, _embedded(folder / f"sqlite-{children}", children), children, rounds)
    if services.answering():
        for children in CHILDREN:
            on_postgres = _on_postgres(folder / f"postgres-{children}", children)
            yield _rate(POSTGRES, on_postgres, children, rounds)


def _rate(database: str, site: AbstractContextManager[Server], children: int, rounds: int) -> Rate:
    with site as server, Watcher(server) as watcher:
        settle()
        _run(server, watcher, _WARM_UP)
        return Rate(database, children, [_run(server, watcher, _ITEMS) for _ in range(rounds)])


@contextmanager
def _embedded(folder: Path, children: int) -> Iterator[Server]:
    with serving(data_folder(folder), "--workers", str(children)) as server:
        yield server


@contextmanager
def _on_postgres(folder: Path, children: int) -> Iterator[Server]:
    with services.database() as settings, scaled_out(folder, settings, workers=children) as server:
        yield server


def _run(server: Server, watcher: Watcher, items: int) -> Run:
    connection = server.connect()
    before = processor_seconds(*server.pids)
    job_id = connection.submit("nothing", count=items)
    watcher.end(job_id)
    used = processor_seconds(*server.pids) - before
    seconds = duration(connection.job(job_id))
    return Run(
        items / seconds,
        _told_per_second(watcher.items(job_id)),
        len({update.n for update in watcher.items(job_id)}) / items,
        seconds * 1000 / items,
        used * 1000 / items,
    )


def duration(job: dict[str, Any]) -> float:
    started, finished = (datetime.fromisoformat(job[key]) for key in ("started_at", "finished_at"))
    return (finished - started).total_seconds()


def _told_per_second(updates: list[Update]) -> float:
    return len(updates) / (updates[-1].at - updates[0].at)
