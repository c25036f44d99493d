"""A library of 100,000 comics: its pages, the API, the administration; its scans beside `find`.

`BENCH_COMICS` gives it another size.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.scale_pages import Answers, pages
from benchmarks.scale_scans import Scans, scans
from benchmarks.table import Goal, Report, judged, number

COMICS = int(os.environ.get("BENCH_COMICS", 100_000))
_MOST_ROUNDS = 7
_MOST_MS = 150
_COLUMNS = ("what", "where", "median", "worst", "unit")


def run(folder: Path, *, rounds: int) -> Report:
    answers = list(pages(folder / "pages", count=COMICS, rounds=min(rounds, _MOST_ROUNDS)))
    scanned = scans(folder / "scans", count=COMICS)
    return Report(
        title=f"{COMICS:,} comics: pages and API over HTTP, and scans",
        columns=_COLUMNS,
        rows=[*_page_rows(answers), *_scan_rows(scanned)],
        notes=list(_notes(scanned)),
        goals=list(_goals(answers, scanned)),
        data={"pages": [asdict(each) for each in answers], "scans": asdict(scanned)},
    )


def _page_rows(answers: Iterable[Answers]) -> Iterator[Sequence[str]]:
    for each in answers:
        yield each.address, each.where, number(each.median), number(max(each.ms)), "ms"


def _scan_rows(scanned: Scans) -> Iterator[Sequence[str]]:
    for name, seconds in scanned.seconds.items():
        yield name, "SQLite, one server", number(seconds), "–", "s"
    found = sorted(scanned.find_seconds)
    yield "find -type f -printf", "the same files", number(scanned.find), number(found[-1]), "s"


def _notes(scanned: Scans) -> Iterator[str]:
    yield (
        f"The server with its worker held {number(scanned.resident_mb)} MB at most during the scans"
        f" ({number(scanned.resident_before_mb)} MB before), its mapped files not counted."
    )


def _goals(answers: Iterable[Answers], scanned: Scans) -> Iterator[Goal]:
    slowest = max(answers, key=lambda each: each.median)
    text = f"every page at most {_MOST_MS} ms (median); the slowest: {slowest.address}"
    yield judged(text, slowest.median, "ms", most=_MOST_MS)
    text = f"pages during the first scan at most {_MOST_MS} ms (median)"
    yield judged(text, scanned.meanwhile.median, "ms", most=_MOST_MS)
    ratio = scanned.compared / scanned.find
    yield judged("nothing changed: at most 3 times as long as find", ratio, "times", most=3)
