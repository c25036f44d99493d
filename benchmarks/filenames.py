"""What is understood of file names: ours beside each of comicapi's two parsers alone."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.table import Goal, Report, judged, number
from library.metadata import comicapi
from library.metadata.filenames import parse
from library.metadata.filenames.spelling import spelled
from tests.library.metadata.filename_table import FIELDS, Row, rows

OURS = "ours"
_NEEDED = ("series", "issue", "volume", "year")
_ALL_FOUR = "all four"
_COMICAPIS = ("series", "issue", "volume", "year")
"""What both of comicapi's parsers can say."""

Reader = Callable[[str], Mapping[str, str]]


@dataclass
class Found:
    """How much of the table one parser understands."""

    right: dict[str, int] = field(default_factory=dict)
    """Names, by field and for all four that every comic needs."""
    milliseconds: list[float] = field(default_factory=list)
    """For each name, of the fastest round."""


def run(folder: Path, *, rounds: int) -> Report:
    """`folder` stays empty: nothing is read but names."""
    readers: dict[str, Reader] = {
        OURS: _ours,
        "lexer": _of(comicapi.guess),
        "simple": _of(comicapi.guess_simply),
    }
    found = {name: _measured(reader, rows(), rounds) for name, reader in readers.items()}
    return Report(
        title="File names: per cent of the table's names understood, by field",
        columns=("field", "", *readers),
        rows=list(_lines(found)),
        notes=[
            f"{len(rows())} names; lexer and simple: comicapi's two parsers.",
            "They know only series, issue, volume and year, and no folder; nor is one given here.",
        ],
        goals=list(_goals(found[OURS])),
        data={name: {"right": each.right, "ms": each.milliseconds} for name, each in found.items()},
    )


def _ours(name: str) -> Mapping[str, str]:
    parsed = parse(name)
    return {each: getattr(parsed, each) for each in FIELDS}


def _of(guess: Callable[[str], comicapi.Guess]) -> Reader:
    def read(name: str) -> Mapping[str, str]:
        guessed = guess(spelled(name))
        return {each: getattr(guessed, each) for each in _COMICAPIS}

    return read


def _measured(reader: Reader, table: Sequence[Row], rounds: int) -> Found:
    found = Found(milliseconds=[float("inf")] * len(table))
    for _ in range(rounds + 1):
        for n, row in enumerate(table):
            started = time.perf_counter()
            reader(row.name)
            taken_ms = 1000 * (time.perf_counter() - started)
            found.milliseconds[n] = min(found.milliseconds[n], taken_ms)
    for row in table:
        _count(found.right, reader(row.name), row)
    return found


def _count(right: dict[str, int], got: Mapping[str, str], row: Row) -> None:
    same = {each: _alike(got[each], row.fields[each]) for each in FIELDS if each in got}
    same[_ALL_FOUR] = all(same[each] for each in _NEEDED)
    for each, is_right in same.items():
        right[each] = right.get(each, 0) + is_right


def _alike(got: str, expected: str) -> bool:
    return got.casefold() == expected.casefold()


def _lines(found: Mapping[str, Found]) -> Iterator[Sequence[str]]:
    for each in (*FIELDS, _ALL_FOUR):
        shares = (_percent(parser, each) for parser in found.values())
        yield each, "%", *("–" if share is None else number(share) for share in shares)
    for label, figure in (("middle", median), ("slowest", max)):
        yield label, "ms", *(f"{figure(parser.milliseconds):.2f}" for parser in found.values())


def _percent(parser: Found, each: str) -> float | None:
    return 100 * parser.right[each] / len(rows()) if each in parser.right else None


def _goals(ours: Found) -> Iterator[Goal]:
    for each, least in (("series", 95), ("issue", 95), (_ALL_FOUR, 90)):
        yield judged(f"{each}: at least {least} %", _percent(ours, each), "%", least=least)
    yield judged("no name takes over 10 ms", max(ours.milliseconds), "ms", most=10)
