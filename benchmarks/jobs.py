"""The job engine: items a second; how soon it starts, cancels, stops, and goes on after a kill."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.jobs_goals import goals
from benchmarks.jobs_latency import Latency, latencies, node_loss
from benchmarks.jobs_load import Creation, Pages, creation, pages
from benchmarks.jobs_rates import Rate, rates
from benchmarks.table import Report, number
from tests import services

_MOST_ROUNDS = 3
_COLUMNS = ("what", "where", "median", "p95", "worst", "unit")


def run(folder: Path, *, rounds: int) -> Report:
    rounds = min(rounds, _MOST_ROUNDS)
    found = list(rates(folder / "rates", rounds=rounds))
    soon = list(latencies(folder / "latency"))
    if lost := node_loss(folder / "nodes"):
        soon.append(lost)
    created, read = creation(folder / "creation"), pages(folder / "pages")
    return Report(
        title="Jobs: items that do nothing, each in a child, recorded, and told to a client",
        columns=_COLUMNS,
        rows=[*_rate_rows(found), *map(_latency_row, soon), *map(_page_row, read)],
        notes=[*_NOTES, *_missing(), *map(_told, found), _creation_note(created)],
        goals=list(goals(found, soon, created, read)),
        data=_data(found, soon, created, read, rounds),
    )


_NOTES = (
    "Items a second: over the job’s own time. In brackets: ms for each item, by the clock, and by"
    " the processor time of server and worker without their children.",
    "p95: of 20; the worst of fewer. GET and POST: p99, at ten calls a second each.",
)


def _missing() -> Iterator[str]:
    if not services.answering():
        yield "PostgreSQL and Redis do not both answer on 127.0.0.1: nothing measured with them."


def _rate_rows(found: Iterable[Rate]) -> Iterator[Sequence[str]]:
    for rate in found:
        every = [run.per_second for run in rate.runs]
        ms = f"{number(rate.middle('wall_ms'))}, {number(rate.middle('processor_ms'))}"
        what = f"items, {rate.children} children ({ms} ms)"
        middle, least = number(rate.middle("per_second")), number(min(every))
        yield what, rate.database, middle, "–", least, "1/s"


def _latency_row(latency: Latency) -> Sequence[str]:
    figures = latency.median, latency.nearly_worst, max(latency.ms)
    return latency.name, latency.where, *map(number, figures), "ms"


def _page_row(page: Pages) -> Sequence[str]:
    figures = page.median, page.p99, max(page.ms)
    return f"{page.name}, in a job", "SQLite, one server", *map(number, figures), "ms"


def _told(rate: Rate) -> str:
    told, pace = rate.middle("told"), rate.middle("told_per_second")
    return (
        f"{rate.database}, {rate.children} children: the client got {told:.2%} of the items’ events"
        f" one by one, {number(pace)} a second."
    )


def _creation_note(created: Creation) -> str:
    return (
        f"Creating 200,000 items: {number(created.seconds)} s; the database locked for at most"
        f" {number(created.longest_lock_ms)} ms; a small call that writes took at most"
        f" {number(created.longest_write_ms)} ms ({number(created.usual_write_ms)} ms before it)."
    )


def _data(
    found: Iterable[Rate],
    soon: Iterable[Latency],
    created: Creation,
    read: Iterable[Pages],
    rounds: int,
) -> dict[str, object]:
    return {
        "rounds": rounds,
        "rates": [asdict(rate) for rate in found],
        "latencies": [asdict(latency) for latency in soon],
        "creation": asdict(created),
        "pages": [asdict(page) for page in read],
    }
