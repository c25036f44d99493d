"""How soon: the first item, a cancel, a stop, and what comes after a kill."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import monotonic

from benchmarks.jobs_rates import POSTGRES, SQLITE
from benchmarks.sites import SETTINGS, Server, data_folder, scaled_out, serving, settle, working
from benchmarks.watching import Watcher
from tests import services
from tests.serving import DataFolder, kill

_TIMES = 20
_FEW_TIMES = 3
_SMALL, _MIDDLE, _LARGE = 3, 50, 100_000
FIRST, BESIDE, MIDDLE_BESIDE = (
    "first item of 3",
    "first item of 3, beside 100,000",
    "first item of 50, beside 100,000",
)
CANCEL, STOP = "cancel to cancelled", "SIGTERM to exit, in a job"
UP, RESUMED = "start to listening", "listening to first resumed item"
NODE = "kill of a worker to the job's end"


@dataclass(frozen=True)
class Latency:
    name: str
    ms: list[float]
    where: str = SQLITE

    @property
    def median(self) -> float:
        return median(self.ms)

    @property
    def nearly_worst(self) -> float:
        """The 95th percentile; of a few, the worst."""
        return quantiles(self.ms, n=20)[-1] if len(self.ms) >= _TIMES else max(self.ms)


def latencies(folder: Path) -> Iterator[Latency]:
    with _site(folder / "calls") as (server, watcher):
        yield Latency(FIRST, [_first_item(server, watcher, _SMALL) for _ in range(_TIMES)])
        yield Latency(CANCEL, [_cancel(server, watcher) for _ in range(_TIMES)])
    with _site(folder / "beside") as (server, watcher):
        large = server.connect().submit("nothing", count=_LARGE)
        watcher.first_item(large)
        yield Latency(BESIDE, [_first_item(server, watcher, _SMALL) for _ in range(_TIMES)])
        middle = [_first_item(server, watcher, _MIDDLE) for _ in range(_TIMES)]
        yield Latency(MIDDLE_BESIDE, middle)
    yield Latency(STOP, [_stop(folder / f"stop-{n}") for n in range(_FEW_TIMES)])
    yield from _after_kills(folder)


@contextmanager
def _site(folder: Path) -> Iterator[tuple[Server, Watcher]]:
    with serving(data_folder(folder), "--workers", "2") as server, Watcher(server) as watcher:
        settle()
        watcher.end(server.connect().submit("nothing", count=_MIDDLE))
        yield server, watcher


def _first_item(server: Server, watcher: Watcher, count: int) -> float:
    connection = server.connect()
    called = monotonic()
    job_id = connection.submit("nothing", count=count)
    ms = (watcher.first_item(job_id).at - called) * 1000
    watcher.end(job_id)
    return ms


def _cancel(server: Server, watcher: Watcher) -> float:
    connection = server.connect()
    job_id = connection.submit("nothing", count=5000)
    watcher.first_item(job_id)
    called = monotonic()
    connection.cancel(job_id)
    return (watcher.end(job_id).at - called) * 1000


def _stop(folder: Path) -> float:
    """Raises AssertionError where it does not end as it should."""
    with _site(folder) as (server, watcher):
        watcher.first_item(server.connect().submit("nothing", count=_LARGE))
        begun = monotonic()
        server.processes[0].terminate()
        code = server.processes[0].wait()
        assert code == 0, f"ended with {code}"
        return (monotonic() - begun) * 1000


def _after_kills(folder: Path) -> Iterator[Latency]:
    data = data_folder(folder / "kills")
    with serving(data, "--workers", "2") as server, Watcher(server) as watcher:
        job_id = server.connect().submit("nothing", count=_LARGE)
        watcher.first_item(job_id)
        time.sleep(1)
        kill(server.processes[0])
    up, resumed = zip(*(_restart(data, job_id) for _ in range(_FEW_TIMES)), strict=True)
    yield Latency(UP, [*up])
    yield Latency(RESUMED, [*resumed])


def _restart(data: DataFolder, job_id: str) -> tuple[float, float]:
    """It is killed again a moment later."""
    begun = monotonic()
    with serving(data, "--workers", "2") as server:
        listening = monotonic()
        with Watcher(server) as watcher:
            first = watcher.first_item(job_id)
            time.sleep(1)
            kill(server.processes[0])
    return (listening - begun) * 1000, (first.at - listening) * 1000


def node_loss(folder: Path) -> Latency | None:
    """One of two workers is killed while it has items; None without PostgreSQL."""
    if not services.answering():
        return None
    with services.database() as settings, scaled_out(folder, settings, workers=1) as server:
        second = DataFolder(folder / "second", server.data.key, {**settings, **SETTINGS})
        with working(second, workers=1) as victim, Watcher(server) as watcher:
            job_id = server.connect().submit("nothing", count=300, pause_ms=20)
            watcher.first_item(job_id)
            time.sleep(1.5)
            killed = monotonic()
            kill(victim)
            return Latency(NODE, [(watcher.end(job_id).at - killed) * 1000], POSTGRES)
