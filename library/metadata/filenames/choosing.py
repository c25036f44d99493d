"""Which of the numbers without a label is the issue: each gets points, and the most win."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from library.metadata import comicapi
from library.metadata.filenames.dates import UNTIL
from library.metadata.filenames.labels import volumes
from library.metadata.filenames.numbers import TIGHT_RANGE, Number, is_year, number, plain
from library.metadata.filenames.siblings import varies
from library.metadata.filenames.spelling import BREAK

_CANDIDATE = re.compile(
    rf"(?<![^\s{BREAK},])(?:(?:nr|no|n)\b\.?\s*)?{TIGHT_RANGE}(?=$|[\s{BREAK},:;!?–—-]|\.(?:\s|$))",
    re.IGNORECASE,
)
_MOST_VOTES = 3
_MOST = 10
"""So many candidates are looked at; names have one to three."""
_CLOSED = re.compile(rf"\s*(?:$|{BREAK})")
_HYPHEN = re.compile(r"-(?! )")
_DASHED = re.compile(r"\s*[-–—]\s|[.:]\s")
_PART = re.compile(
    r"(?:^|\W)(?:part|pt|teil|partie|mach|book|act|game)\.?\s*$|\s[^\W\d]\.?\s*$", re.IGNORECASE
)
_PADDED = re.compile(r"0[0-9]+(?:\.[0-9])?")
_COUNTED = re.compile(r"\s(?:covers?|years?|ans|jahre|days|nights)(?!\w)", re.IGNORECASE)
_WEEKLY = re.compile(r"(?:^|\W)(?:2000 ?a\.?d\.?|beano|dandy|prog)\s*$", re.IGNORECASE)
"""What counts its issues beyond 1900."""
_UNTIL = re.compile(UNTIL, re.IGNORECASE)
_LINK = re.compile(r"(?:^|\s)(?:of|the|and|in|de|von|der|die|das|les|des|&)\s*$", re.IGNORECASE)
_ISSUE_WORD = re.compile(r"(?:^|\s)(?:annual|special)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Surroundings:
    name: str
    """As comicapi is to see it."""
    folder: str
    """The series that the folder is named for; "" where it says nothing."""
    siblings: Sequence[str] = ()
    volume: Number | None = None
    counted: frozenset[int] = frozenset()
    """Where the breaks are whose bracket says “of 6”."""


def choose(text: str, around: Surroundings) -> Number | None:
    """The likeliest issue; None where no number looks like one."""
    candidates = list(islice(_candidates(text, around.volume), _MOST))
    points = [_points(text, each, around) for each in candidates]
    if len(candidates) > 1:
        points[-1] += 1
        if not _is_clear(points):
            votes = comicapi.guess_simply(around.name).issue, comicapi.guess(around.name).issue
            points = [n + _votes(each, *votes) for n, each in zip(points, candidates, strict=True)]
    best = max(range(len(points)), key=lambda n: (points[n], n), default=None)
    return candidates[best] if best is not None and points[best] > 0 else None


def _is_clear(points: Sequence[int]) -> bool:
    """Whether no vote could change the choice: asking for them takes longer than all the rest."""
    second, best = sorted(points)[-2:]
    return best > 0 and best - second > _MOST_VOTES


def _candidates(text: str, volume: Number | None) -> Iterator[Number]:
    """Numbers that are not called a volume: a name may say twice which one it is."""
    taken = [*filter(None, [volume]), *volumes(text)]
    for match in _CANDIDATE.finditer(text):
        found = number(match)
        inside = any(found.start < each.end and each.start < found.end for each in taken)
        # 100-Page is no number of its own, 01-Title is.
        hyphened = _HYPHEN.match(text, found.end) and not found.text.startswith("0")
        if not inside and not hyphened:
            yield found


def _points(text: str, each: Number, around: Surroundings) -> int:
    return 1 + sum(rule(text, each, around) for rule in _RULES)


def _of_shape(text: str, each: Number, around: Surroundings) -> int:
    before = text[: each.start]
    if is_year(each.text):
        if _UNTIL.match(text, each.end):
            return -8
        return 3 if _WEEKLY.search(before) else -4
    if padded := _PADDED.match(each.text):
        return min(padded.end() + 1, 5)
    if each.text.isdigit():
        return -2 if len(each.text) > 3 else 0
    return 3


def _of_place(text: str, each: Number, around: Surroundings) -> int:
    before, behind = text[: each.start], text[each.end :]
    points = 2 if _CLOSED.match(behind) or _DASHED.match(behind) else 0
    if not before.strip(f" {BREAK}"):
        points -= 6
    if _PART.search(before) or _COUNTED.match(behind):
        points -= 3
    elif _LINK.search(before):
        points -= 2
    return points


def _of_count(text: str, each: Number, around: Surroundings) -> int:
    counted = text.find(BREAK, each.end) in around.counted and _CLOSED.match(text, each.end)
    return 3 if counted else 0


def _beside_volume(text: str, each: Number, around: Surroundings) -> int:
    volume = around.volume
    if volume is None:
        return 0
    if each.end <= volume.start:
        return _before_volume(text, each, volume)
    between, behind = text[volume.end : each.start], text[each.end :]
    words = between.strip(f" ,-–{BREAK}")
    if words and not _ISSUE_WORD.fullmatch(words):
        return -2
    begins_title = _DASHED.match(between) and not (_CLOSED.match(behind) or _DASHED.match(behind))
    return -2 if begins_title else 2


def _before_volume(text: str, each: Number, volume: Number) -> int:
    """Manga end with a number of two digits, whatever stands before: Mob Psycho 100 v02."""
    if not text[: each.start].strip() and each.text[0] != "0":
        return -8
    adjacent = not text[each.end : volume.start].strip(" ,-")
    if is_year(volume.text):
        return 5 if adjacent and is_year(each.text) else 0
    if adjacent and len(each.text) > 2 and volume.text[0] != "0":
        return 2
    return -3 if each.text[0] == "0" else -5


def _in_folder(text: str, each: Number, around: Surroundings) -> int:
    """A number in the folder's name belongs to the series: 100 Bullets/100 Bullets 005."""
    series, start = around.folder.casefold(), text.casefold()
    if not series or not start.startswith(series) or len(series) >= len(start.rstrip()):
        return 0
    return -8 if each.end <= len(series) else 2


def _among_siblings(text: str, each: Number, around: Surroundings) -> int:
    if not around.siblings:
        return 0
    found = varies(text, each.start, around.siblings)
    return 0 if found is None else 6 if found else -6


_RULES: tuple[Callable[[str, Number, Surroundings], int], ...] = (
    _of_shape,
    _of_place,
    _of_count,
    _beside_volume,
    _in_folder,
    _among_siblings,
)


def _votes(each: Number, simple: str, lexer: str) -> int:
    return (plain(simple) == each.value) + 2 * (plain(lexer) == each.value)
