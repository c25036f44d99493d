"""What others feel of the engine: of a job that is created, and of one that runs."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from time import monotonic

from benchmarks.sites import Connection, data_folder, serving, settle
from benchmarks.watching import Watcher

MANY = 200_000
_LOAD_SECONDS = 20
_PAUSE_SECONDS = 0.1
_PROBE_SECONDS = 0.0005


@dataclass(frozen=True)
class Creation:
    seconds: float
    longest_lock_ms: float
    """The longest time that the database was locked without a break."""
    longest_write_ms: float
    """The slowest of the small calls beside it, each of which writes."""
    usual_write_ms: float


@dataclass(frozen=True)
class Pages:
    name: str
    ms: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return median(self.ms)

    @property
    def p99(self) -> float:
        return quantiles(self.ms, n=100)[-1]


def creation(folder: Path) -> Creation:
    with serving(data_folder(folder), "--workers", "2") as server:
        settle()
        # From a connection of its own, as somebody else's browser would.
        with _repeating(_small_write(server.connect())) as writes:
            time.sleep(1)
            usual, writes.ms[:] = median(writes.ms), []
            connection = server.connect()
            with _locks(folder / "db.sqlite3") as locked:
                begun = monotonic()
                job_id = connection.submit("nothing", count=MANY)
                seconds = monotonic() - begun
        connection.cancel(job_id)
        return Creation(seconds, max(locked), max(writes.ms), usual)


def pages(folder: Path) -> list[Pages]:
    """At ten calls a second each, while two children work on a job without end."""
    with serving(data_folder(folder), "--workers", "2") as server, Watcher(server) as watcher:
        settle()
        job_id = server.connect().submit("nothing", count=MANY)
        watcher.first_item(job_id)
        with (
            _repeating(_read(server.signed_in(), "/"), "GET /") as library,
            _repeating(_read(server.connect(), "/api/jobs/"), "GET /api/jobs/") as jobs,
            _repeating(_small_write(server.connect()), "POST /api/jobs/, 1 item") as writes,
        ):
            time.sleep(_LOAD_SECONDS)
        server.connect().cancel(job_id)
        watcher.end(job_id)
    return [library, jobs, writes]


def _read(connection: Connection, path: str) -> Callable[[], None]:
    def ask() -> None:
        status, text = connection.ask("GET", path)
        assert status == 200, text

    return ask


def _small_write(connection: Connection) -> Callable[[], None]:
    def ask() -> None:
        connection.submit("nothing", count=1)

    return ask


@contextmanager
def _repeating(call: Callable[[], None], name: str = "") -> Iterator[Pages]:
    """Calls about ten times a second in a thread; the first, for warming up, is not counted."""
    found, stopped = Pages(name), threading.Event()

    def repeat() -> None:
        call()
        while not stopped.wait(_PAUSE_SECONDS):
            begun = monotonic()
            call()
            found.ms.append((monotonic() - begun) * 1000)

    with _thread(repeat, stopped):
        yield found


@contextmanager
def _locks(database: Path) -> Iterator[list[float]]:
    """The milliseconds of each time that nobody could write."""
    found, stopped = [0.0], threading.Event()

    def probe() -> None:
        with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
            since = 0.0
            while not stopped.wait(_PROBE_SECONDS):
                if _is_locked(connection):
                    since = since or monotonic()
                elif since:
                    found.append((monotonic() - since) * 1000)
                    since = 0.0

    with _thread(probe, stopped):
        yield found


def _is_locked(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    connection.execute("ROLLBACK")
    return False


@contextmanager
def _thread(target: Callable[[], None], stopped: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
