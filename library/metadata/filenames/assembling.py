"""Series and title: what stands around the numbers."""

import re
from dataclasses import dataclass

from library.metadata.filenames.dates import Year, take_leading_year
from library.metadata.filenames.facts import Facts
from library.metadata.filenames.labels import issue_of
from library.metadata.filenames.marks import ending_format, format_of
from library.metadata.filenames.numbers import Number
from library.metadata.filenames.parsed import ParsedName
from library.metadata.filenames.spelling import BREAK

_SEPARATORS = " \t-–—_,.:;+#" + BREAK
_SHORTENED = re.compile(r"(?:^|\W)(?:[\w$]\.[\w$]|Co|Inc|Ltd|Jr|Sr|Bros)$")
_PREFIX = re.compile(r"^(?:0[0-9]+|[0-9]{5,}|[0-9]+\.-?|[0-9]{1,3}\s-)\s+(?:-\s+)?(?=[^\W\d_])")
"""The place in somebody's order of reading, before a series that has a number of its own."""
_FRENCH = re.compile(r"^bd[ ._-]?fr(?:ench)?\s*[-–]?\s*", re.IGNORECASE)
_PUBLISHER = re.compile(
    r"^(?:image|dc|marvel|dark horse|archie|dynamite|valiant|titan|oni) comics - (?=\S)",
    re.IGNORECASE,
)
"""In front of a series, as releases of some groups have it."""
_SERIES_WORD = re.compile(r"[\s-]*(annuals?|specials?|yearbook|giant[ -]size)[\s-]*", re.IGNORECASE)
_JUNK = re.compile(
    r"(?<!\S)(?:c2c|ctc|no ?ads|repaired|rescan|fixed|digital|scans?|[0-9]+p|[0-9]+ ?pages"
    r"|[0-9]+ covers?|-?00?fc|v[0-9]|retail(?: comic)?(?: ebook(?:-\S+)?)?)(?!\S)",
    re.IGNORECASE,
)


_NUMBERED_TITLE = re.compile(r"0[0-9].*|[0-9.]+")
_NICKNAME = re.compile(r"[a-z_-]+")
"""One word in small letters behind the brackets is a scanner's."""


@dataclass(frozen=True)
class Pieces:
    """The name's text and the numbers that were found in it."""

    text: str
    issue: Number | None
    volume: Number | None


def assembled(pieces: Pieces, facts: Facts) -> ParsedName:
    head, middle, tail = _parts(pieces)
    tail, trailing_year = take_leading_year(tail) if pieces.issue or pieces.volume else (tail, "")
    years = _years(pieces, facts)
    series, format_ = ending_format(series_text(head))
    title, title_format = _title(middle, tail)
    issue, volume = pieces.issue, pieces.volume
    if issue is None and _NUMBERED_TITLE.fullmatch(title):
        # Behind a volume, that is an issue which nobody asked for: “5” of “Foo v2 5”.
        title = ""
    return ParsedName(
        series=series,
        issue=issue.value if issue else "",
        title=title,
        volume=volume.value if volume else years[0],
        year=years[1] or trailing_year,
        count=_count(pieces) or facts.count,
        chapter=issue.value if issue and issue.chapter else "",
        format=_telling(facts.format, title_format or format_),
        scan=facts.scan,
        language=facts.language or ("fr" if _FRENCH.match(head) else ""),
    )


def _count(pieces: Pieces) -> str:
    counted = issue_of(pieces.text)
    same = counted and pieces.issue and counted[0].value == pieces.issue.value
    return counted[1] if counted and same else ""


def series_text(text: str) -> str:
    """Without what parts it from its number, and without a prefix that only sorts."""
    text = " ".join(text.replace(BREAK, " ").split())
    stripped = text.strip(_SEPARATORS)
    stripped = _FRENCH.sub("", stripped) or stripped
    stripped = _PUBLISHER.sub("", stripped)
    if text.rstrip(" -–,").endswith("..."):
        return f"{stripped}..."
    if _SHORTENED.search(stripped) and text.rstrip(" -–,").endswith("."):
        stripped += "."
    return stripped


def _parts(pieces: Pieces) -> tuple[str, str, str]:
    """What stands before, between and behind the numbers."""
    text = pieces.text
    numbers = sorted(filter(None, (pieces.issue, pieces.volume)))
    if not numbers:
        segments = [each for each in text.split(BREAK) if each.strip(_SEPARATORS)]
        return segments[0] if segments else "", "", BREAK.join(["", *segments[1:]])
    first, last = numbers[0], numbers[-1]
    head = text[: first.start]
    middle = text[first.end : last.start] if first is not last else ""
    if _SERIES_WORD.fullmatch(middle.replace(BREAK, " ")):
        head, middle = f"{head} {middle}", ""
    if not head.strip(_SEPARATORS):
        head, middle = middle, ""
    if pieces.issue:
        head = _PREFIX.sub("", head.lstrip(_SEPARATORS))
    return head, middle, text[last.end :]


def _title(middle: str, tail: str) -> tuple[str, str]:
    """The title, and the format where one stands in its place."""
    format_ = ""
    for n, segment in enumerate([*middle.split(BREAK), *tail.split(BREAK)[:4]]):
        text = " ".join(_JUNK.sub(" ", segment).split())
        if found := format_of(text.strip(_SEPARATORS)):
            format_ = found
        elif (title := _trimmed(text)) and not (n > 1 and _NICKNAME.fullmatch(title)):
            return title, format_
    return "", format_


def _trimmed(text: str) -> str:
    return "" if text.startswith("+") else text.strip(_SEPARATORS)


def _years(pieces: Pieces, facts: Facts) -> tuple[str, str]:
    """The year that stands for the volume, and the issue's."""
    years = facts.years
    if pieces.issue is None and pieces.volume:
        alone = [each for each in years if each.alone and _is_behind(each, pieces.volume)]
        years = (*alone[-1:], *years)
    if pieces.issue is None or len(years) < 2:
        return "", years[0].year if years else ""
    first, *others = years
    later = [year for year in others if _is_behind(year, pieces.issue)]
    if not first.alone or not later or _is_behind(first, pieces.issue):
        return "", first.year
    return first.year, later[0].year


def _is_behind(year: Year, number: Number) -> bool:
    return year.place > number.start


def _telling(in_brackets: str, outside: str) -> str:
    return outside if not in_brackets or in_brackets == "Digital" and outside else in_brackets
