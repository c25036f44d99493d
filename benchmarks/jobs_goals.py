"""What the job engine wants to reach, judged by the figures."""

from collections.abc import Iterator, Sequence

from benchmarks import jobs_latency as names
from benchmarks.jobs_latency import Latency
from benchmarks.jobs_load import Creation, Pages
from benchmarks.jobs_rates import POSTGRES, SQLITE, Rate
from benchmarks.table import Goal, judged

_CHILDREN = 2


def goals(
    rates: Sequence[Rate], soon: Sequence[Latency], created: Creation, pages: Sequence[Pages]
) -> Iterator[Goal]:
    yield from _throughput(rates)
    yield from _soon({latency.name: latency for latency in soon})
    yield from _creation(created)
    yield from _pages(pages)


def _throughput(rates: Sequence[Rate]) -> Iterator[Goal]:
    found = {(rate.database, rate.children): rate for rate in rates}
    for database, least in ((SQLITE, 1500), (POSTGRES, 800)):
        rate = found.get((database, _CHILDREN))
        text = f"{database}, {_CHILDREN} children: at least {least:,} items a second"
        yield judged(text, rate.middle("per_second") if rate else None, "1/s", least=least)
        text = f"{database}, {_CHILDREN} children: each item told to the client"
        told = 100 * min(run.told for run in rate.runs) if rate else None
        yield judged(text, told, "%", least=100)
    wall_ms = found[SQLITE, _CHILDREN].middle("wall_ms")
    yield judged("an item costs at most 0.7 ms", wall_ms, "ms", most=0.7)


def _soon(found: dict[str, Latency]) -> Iterator[Goal]:
    for name, most in (
        (names.FIRST, 100),
        (names.BESIDE, 200),
        (names.MIDDLE_BESIDE, 200),
        (names.CANCEL, 100),
        (names.STOP, 1000),
        (names.RESUMED, 1000),
        (names.NODE, 20_000),
    ):
        latency = found.get(name)
        text = f"{name}: p95 at most {most:,} ms"
        yield judged(text, latency.nearly_worst if latency else None, "ms", most=most)


def _creation(created: Creation) -> Iterator[Goal]:
    text = "create 200,000 items: within 3 s"
    yield judged(text, created.seconds, "s", most=3)
    text = "create 200,000 items: no transaction over 200 ms"
    yield judged(text, created.longest_lock_ms, "ms", most=200)


def _pages(pages: Sequence[Pages]) -> Iterator[Goal]:
    for page in pages:
        most = 100 if page.name.startswith("POST") else 60
        yield judged(f"{page.name}, in a job: p99 at most {most} ms", page.p99, "ms", most=most)
