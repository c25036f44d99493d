"""Takes a file name apart, rule after rule."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

from library.metadata.filenames.assembling import Pieces, assembled, series_text
from library.metadata.filenames.brackets import Bracket, take_brackets
from library.metadata.filenames.choosing import Surroundings, choose
from library.metadata.filenames.facts import Facts, facts_of
from library.metadata.filenames.labels import issue_of, issues, volumes
from library.metadata.filenames.marks import format_of
from library.metadata.filenames.numbers import NUMBER, Number, is_year
from library.metadata.filenames.parsed import ParsedName
from library.metadata.filenames.spelling import BREAK, spelled

_BETWEEN_DASHES = re.compile(rf"(?:^|(?<=\s-\s)){NUMBER}(?=\s*$|\s+-\s|\.\s)")
_NUMBERED = re.compile(r"\s[0-9]{2,}\s+[-–]\s")
_WORD_AND_COMMA = re.compile(r"[^\d\s],\s+$")
_GROUPED = re.compile(
    r"(?P<group>[^_]*(?:scan|team|group|translat|subs)[^_]*)_(?=(?:vol|ch|ep)(?:\.|[a-z]+)\s?[0-9])",
    re.IGNORECASE,
)
"""As Mihon and Tachiyomi name the chapters in a series' folder; others put the series there."""
_ORDERED = re.compile(r"^[0-9]+\.\s+(?=[^\W\d])")
_YEAR_OF_ISSUES = re.compile(r"19[3-9][0-9]|20[0-3][0-9]")
_SORT = re.compile(r"volumes|chapters|issues|books|annuals|specials|one[- ]?shots|tpbs", re.I)
"""Folders for a kind of comics of one series."""
_PAGES = re.compile(r"[\s,]+[0-9]+\s?(?:pages|pgs?|p)(?!\w)\.?|^[0-9]+ pages(?!\w)", re.IGNORECASE)

Chooser = Callable[[str, Facts, Number | None], Number | None]


def parse(name: str, *, folder: str = "", siblings: Sequence[str] = ()) -> ParsedName:
    """Take a file name apart.

    `folder` is the name of the folder it lies in, "" where that says nothing; `siblings` are the
    names in it. Both tell which number is the issue: in a folder of “Foo 01” to “Foo 20” it is the
    one that varies.
    """
    if folder and (grouped := _GROUPED.match(name)):
        rest = parse(name[grouped.end() :], folder=folder)
        return replace(rest, scan=grouped["group"])
    series = parse_folder(folder).series if folder else ""
    plain_name = spelled(name)

    def likeliest(text: str, facts: Facts, volume: Number | None) -> Number | None:
        around = Surroundings(plain_name, series, siblings, volume, facts.counted)
        sure = _explicit(text, facts, volume)
        if sure and text[: sure.end].strip() != sure.text:
            return sure
        chosen = choose(text, around)
        return sure if sure and not _outdoes(chosen, text) else chosen or facts.bare_issue

    parsed = _parsed(plain_name, likeliest)
    if parsed.series or folder or not parsed.year:
        return parsed
    # 3 - Critter (2011): with a year it is a whole comic's name, not the title of one in a folder.
    return replace(parsed, series=parsed.title, title="")


def _outdoes(chosen: Number | None, text: str) -> bool:
    """Whether a number at the beginning only sorts, as in “013 - The Worthy 02”."""
    if chosen is None or not text[: chosen.start].strip() or chosen.text[0] != "0":
        return False
    return not text[chosen.end :].strip() or text[chosen.end :].lstrip()[0] == BREAK


def parse_explicit(name: str) -> ParsedName:
    """Only what the name says in so many words: #5, Chapter 5, 5 of 6, v2, (2016)."""
    return _parsed(spelled(name), _explicit)


@lru_cache(maxsize=64)
def parse_folder(folder: str) -> ParsedName:
    """The series, its volume and the year it began, as folders are named: Foo v2 (2016)."""
    series, volume, brackets = _of_folder(_ORDERED.sub("", folder_series(folder)))
    facts = facts_of(brackets)
    return ParsedName(
        series=series or folder_series(folder),
        volume=volume.value if volume else "",
        year=next((year.year for year in facts.years), ""),
    )


@lru_cache(maxsize=256)
def telling_folder(place: str) -> str:
    """The name of this folder (a path in the library), as far as it tells the series: that of the
    one above it where it is only a part of it, as in “Foo/Vol 2”, “Foo/2016” and “Foo/TPB”.
    """
    above, _, name = place.rpartition("/")
    if not above:
        return name
    series, volume, brackets = _of_folder(folder_series(name))
    is_year_alone = _YEAR_OF_ISSUES.fullmatch(series) and not brackets
    if series and not is_year_alone and not _SORT.fullmatch(series) and not format_of(series):
        return name
    return f"{telling_folder(above)} {name}" if volume else telling_folder(above)


def _of_folder(name: str) -> tuple[str, Number | None, Sequence[Bracket]]:
    """Its series, its volume, and what stands in brackets."""
    text, brackets = take_brackets(name)
    volume = next(volumes(text), None)
    series = series_text(text[: volume.start] if volume else text.partition(BREAK)[0])
    return series, volume, brackets


def folder_series(folder: str) -> str:
    """The series that a folder is named for: "_" stands for the colon no file system takes."""
    return " ".join(folder.replace("_", ":").split())


def _parsed(name: str, chooser: Chooser) -> ParsedName:
    text, brackets = take_brackets(name)
    facts = facts_of(brackets)
    text, facts = facts.with_date(_PAGES.sub(_break, text))
    volume = next(volumes(text), None) or facts.volume
    issue = chooser(text, facts, volume)
    if volume is None and issue and facts.version and facts.version.start < issue.start:
        volume = facts.version
    return assembled(Pieces(text, issue, volume), facts)


def _explicit(text: str, facts: Facts, volume: Number | None) -> Number | None:
    for issue in issues(text):
        if issue.chapter and _is_of_title(text, issue, volume):
            continue
        if volume is None or issue.end <= volume.start or volume.end <= issue.start:
            return issue
    if counted := issue_of(text):
        return counted[0]
    if facts.issue:
        return facts.issue
    found = _BETWEEN_DASHES.search(text)
    if found is None or _is_of_series(found, facts, volume):
        return None
    return Number(found.start(), found.end(), found[0])


def _is_of_title(text: str, chapter: Number, volume: Number | None) -> bool:
    """As in “608 - Hush, Chapter 1 - The Ransom”, where another number says what the comic is."""
    before = text[: chapter.start]
    numbered = volume is not None or _NUMBERED.search(before) is not None
    return numbered and _WORD_AND_COMMA.search(before) is not None


def _is_of_series(number: re.Match[str], facts: Facts, volume: Number | None) -> bool:
    """As in “86 - Eighty-Six v02” and “Foo - 1953 - The Bar 02 (2016)”."""
    if is_year(number[0]):
        return bool(facts.years)
    return volume is not None and number.start() == 0 and number[0][0] != "0"


def _break(match: re.Match[str]) -> str:
    return BREAK.center(len(match[0]))
