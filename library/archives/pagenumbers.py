"""Which pages the names say are missing."""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

_LAST_NUMBER = re.compile(r"([0-9]{1,9})[^0-9]*$")
_SPREAD = re.compile(r"([0-9]{1,9})[^0-9]{1,2}([0-9]{1,9})[^0-9]*$")
_WIDEST_SPREAD = 4
_SHOWN = 5


def missing_numbers(names: Iterable[str]) -> list[str]:
    """The gaps in each folder's numbers, such as ["4", "7-9"].

    Only where most of a folder's pages are named alike and most of the numbers are there: names
    may hold numbers that do not count pages.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    for name in names:
        path = PurePosixPath(name.replace("\\", "/"))
        folders[str(path.parent)].append(path.stem)
    return [gap for stems in folders.values() for gap in _gaps(stems)]


def told(gaps: list[str]) -> str:
    """As a sentence."""
    more = f" and {len(gaps) - _SHOWN} more" if len(gaps) > _SHOWN else ""
    return f"Page numbers are missing: {', '.join(gaps[:_SHOWN])}{more}."


def _gaps(stems: list[str]) -> list[str]:
    numbered: dict[str, dict[str, int]] = defaultdict(dict)
    for stem in stems:
        if found := _LAST_NUMBER.search(stem):
            numbered[stem[: found.start()].casefold()][stem] = int(found[1])
    alike = max(numbered.values(), key=len, default={})
    numbers = set(alike.values())
    if len(numbers) < 3 or 2 * len(alike) < len(stems):
        return []
    count = max(numbers) - min(numbers) + 1 - len(numbers)
    if not 0 < count < len(numbers):
        return []
    others = [stem for stem in stems if stem not in alike]
    return _ranges(sorted({*range(min(numbers), max(numbers))} - numbers - _in_spreads(others)))


def _in_spreads(stems: list[str]) -> set[int]:
    """Several pages in one file: 004-005."""
    covered: set[int] = set()
    for stem in stems:
        if found := _SPREAD.search(stem):
            first, last = int(found[1]), int(found[2])
            if first < last < first + _WIDEST_SPREAD:
                covered.update(range(first, last + 1))
    return covered


def _ranges(numbers: list[int]) -> list[str]:
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1].append(number)
        else:
            ranges.append([number])
    return [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in ranges]
