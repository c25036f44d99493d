"""Comics whose pages look alike, told by 64-bit hashes of their pages alone.

Two pages look alike where their hashes differ in a few bits. Comics are compared in full only
where some of their pages have half a hash in common, which is found by counting and not by
comparing everything with everything: 100,000 comics take seconds.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Likeness = Literal["strict", "usual", "loose"]

MAX_COMICS_OF_A_PAGE = 16
"""A page that more comics have is a publisher's logo, an advert or an empty frame: it says
nothing of the comics."""
LEAST_PAGES = 3
"""Fewer pages that say something may be alike by chance, or by a template."""
_LEAST_CLOSE = 8
_PARTS = 4
_WINDOW = 16
"""So long may a run of adverts be before the slower comparison is needed."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    bits: int
    """So many may differ between two pages that are taken for the same."""
    smaller_share: float
    """So much of the comic with fewer pages has to be in the other one, in order."""
    larger_share: float
    """The same for the one with more pages: it may have adverts, but be no collection."""


TOLERANCES: Mapping[Likeness, Tolerance] = {
    "strict": Tolerance(bits=4, smaller_share=0.95, larger_share=0.85),
    "usual": Tolerance(bits=8, smaller_share=0.8, larger_share=0.55),
    "loose": Tolerance(bits=11, smaller_share=0.6, larger_share=0.35),
}


@dataclass(frozen=True, slots=True)
class Match:
    """Two comics, by their places in the sequence, that have pages in common."""

    first: int
    second: int
    pages: int
    """So many of them are alike, in order."""
    smaller: int
    """Of so many that say something, in the comic that has fewer of them."""
    larger: int
    is_cover: bool
    """The first page of both is alike, too."""

    @property
    def is_close(self) -> bool:
        """Hardly a page differs, and not the cover: nobody needs to look."""
        is_most = self.pages >= 0.9 * self.larger
        return self.is_cover and is_most and self.pages >= _LEAST_CLOSE


class Pages:
    """The hashes of many comics' pages: for each comic 8 bytes for each page in reading order,
    0 where a page says nothing."""

    def __init__(self, comics: Sequence[bytes]) -> None:
        self._comics = comics
        self._shared = [_shared(comics, half) for half in (0, 1)]
        self._common = [_take_common(each) for each in self._shared]

    def matches(self, tolerance: Tolerance) -> Iterator[Match]:
        for first, second in self._candidates():
            if match := self.match(first, second, tolerance):
                yield match

    def match(self, first: int, second: int, tolerance: Tolerance) -> Match | None:
        """None where they are not alike."""
        one, other = self._telling(first), self._telling(second)
        smaller, larger = sorted((len(one), len(other)))
        needed = max(
            LEAST_PAGES, tolerance.smaller_share * smaller, tolerance.larger_share * larger
        )
        if smaller < needed:
            return None
        found = _in_order(one, other, tolerance.bits, needed)
        if found < needed:
            return None
        return Match(first, second, found, smaller, larger, self._same_cover(first, second))

    def _candidates(self) -> Iterator[tuple[int, int]]:
        """Each pair once that has half of at least two pages in common."""
        first, second = self._shared
        for number, comic in enumerate(self._comics):
            halves = _halves(comic)
            if first.keys().isdisjoint(halves[::2]) and second.keys().isdisjoint(halves[1::2]):
                continue
            others: Counter[int] = Counter()
            for one, other in zip(halves[::2], halves[1::2], strict=True):
                others.update({*first.get(one, ()), *second.get(other, ())})
            yield from (
                (number, other) for other, count in others.items() if other > number and count > 1
            )

    def _telling(self, number: int) -> list[int]:
        comic, (first, second) = self._comics[number], self._common
        halves = _halves(comic)
        pages = zip(memoryview(comic).cast("Q"), halves[::2], halves[1::2], strict=True)
        return [
            page for page, one, other in pages if page and not (one in first and other in second)
        ]

    def _same_cover(self, first: int, second: int) -> bool:
        one, other = (memoryview(self._comics[n]).cast("Q")[0] for n in (first, second))
        return bool(one) and (one ^ other).bit_count() <= TOLERANCES["usual"].bits


def pack(pages: Sequence[int]) -> bytes:
    return array("Q", pages).tobytes()


def _halves(comics: bytes) -> "memoryview[int]":
    """Two for each page: which of them is the upper one does not matter."""
    return memoryview(comics).cast("I")


def _shared(comics: Sequence[bytes], half: int) -> dict[int, list[int]]:
    """This half of hashes, where two comics or more have it, with these. 0 says nothing."""
    repeated = _repeated(_halves(b"".join(comics))[half::2])
    found: dict[int, list[int]] = {}
    for number, comic in enumerate(comics):
        for key in repeated.intersection(_halves(comic)[half::2]):
            found.setdefault(key, []).append(number)
    return {key: numbers for key, numbers in found.items() if len(numbers) > 1}


def _take_common(shared: dict[int, list[int]]) -> set[int]:
    """What too many comics have."""
    common = {key for key, numbers in shared.items() if len(numbers) > MAX_COMICS_OF_A_PAGE}
    for key in common:
        del shared[key]
    return common


def _repeated(keys: "memoryview[int]") -> set[int]:
    """Those that are there twice or more, besides 0. Part by part, which takes less memory."""
    found: set[int] = set()
    for part in range(_PARTS):
        counts = Counter(key for key in keys if key % _PARTS == part)
        found.update(key for key, count in counts.items() if count > 1)
    return found - {0}


def _in_order(first: list[int], second: list[int], bits: int, needed: float) -> int:
    """How many pages are alike in the same order; less than that only where it is not enough."""
    found = _soon(first, second, bits)
    return found if found >= needed or found < needed / 8 else _longest(first, second, bits)


def _soon(first: list[int], second: list[int], bits: int) -> int:
    """Takes the next page that is alike, which may not be the best one."""
    found = at = 0
    for page in first:
        for place in range(at, min(at + _WINDOW, len(second))):
            if (page ^ second[place]).bit_count() <= bits:
                found, at = found + 1, place + 1
                break
    return found


def _longest(first: list[int], second: list[int], bits: int) -> int:
    """The longest common subsequence."""
    row = [0] * (len(second) + 1)
    for page in first:
        left = above_left = 0
        for place, other in enumerate(second, 1):
            above = row[place]
            if (page ^ other).bit_count() <= bits:
                left = above_left + 1
            elif above > left:
                left = above
            row[place], above_left = left, above
    return row[-1]
