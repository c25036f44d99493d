"""Years and dates, in brackets and outside."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from library.metadata.filenames.brackets import Bracket
from library.metadata.filenames.spelling import BREAK

_YEAR = r"(?P<year>(?:19|20)[0-9]{2})"
_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|spring|summer|autumn|fall|winter)"
)
UNTIL = r"\s(?:to|bis|au|until)\s(?:19|20)[0-9]{2}(?!\w)"
"""Behind a year: “1950 to 1952” is what a comic is about."""
_IN_BRACKETS = re.compile(rf"(?<![\dv#]){_YEAR}(?![\w])", re.IGNORECASE)
_DATED = re.compile(rf"(?:{_MONTHS}|[\d\s.,'’/–-])+", re.IGNORECASE)
_WIDTH = "1920"
_SERIES_YEARS = re.compile(r"(?:19|20)[0-9]{2}(?:\s?[-–]\s?(?:[0-9]{2,4})?)?")
_BETWEEN_DASHES = re.compile(rf"(?<=\s-\s){_YEAR}(?:[-–](?:19|20)[0-9]{{2}})?(?=\s-\s|\s*$)")
_SORTED = re.compile(rf"(?<![\w.]){_YEAR}-[01][0-9](?P<day>-[0-3][0-9])?(?!\w)")
_DATES = (
    _SORTED,
    re.compile(rf"(?<![\w.])(?:[0-3]?[0-9]-)?[0-3]?[0-9]-{_YEAR}(?!\w)"),
    re.compile(
        rf"(?<!\w){_MONTHS}\.?(?:\s?[-–/]\s?{_MONTHS})?\.?,?\s+(?:[0-3]?[0-9],?\s+)?{_YEAR}(?!\w)",
        re.IGNORECASE,
    ),
    _BETWEEN_DASHES,
)
_YEAR_FIRST = re.compile(rf"[\s,{BREAK}–-]*{_YEAR}(?:[-–](?:19|20)[0-9]{{2}})?(?![\w.]|{UNTIL})")


class Year(NamedTuple):
    year: str
    place: int
    """In the name's text; of its bracket, where it stands in one."""
    alone: bool
    """Nothing else stands in the bracket, so it may be the year in which the series began."""


def bracket_years(brackets: Sequence[Bracket]) -> tuple[list[Year], list[Bracket]]:
    """The years in brackets, and the brackets that have none."""
    years, others = [], []
    for bracket in brackets:
        if found := _year_in(bracket):
            alone = _SERIES_YEARS.fullmatch(bracket.text) is not None
            years.append(Year(found["year"], bracket.place, alone))
        # FCBD 2021 is a mark as well.
        if not found or bracket.text[:4].upper() == "FCBD":
            others.append(bracket)
    return years, others


def _year_in(bracket: Bracket) -> re.Match[str] | None:
    """Square ones hold the scan group and its measures too: [Group 1981], [1920]."""
    found = _IN_BRACKETS.search(bracket.text)
    if found and bracket.square:
        return found if _DATED.fullmatch(bracket.text) and bracket.text != _WIDTH else None
    return found


def take_date(text: str, *, is_dated: bool) -> tuple[str, Year | None]:
    """The text with a break for a date that stands outside of brackets, and its year.

    The break is as long as the date, so that everything keeps its place. Where brackets tell the
    year (`is_dated`), another one between dashes belongs to the series.
    """
    for rule in _DATES:
        if is_dated and rule is _BETWEEN_DASHES:
            continue
        if (found := rule.search(text)) and _leaves_a_name(text, found):
            gap = BREAK.center(len(found[0]))
            year = Year(found["year"], found.start(), False)
            return text[: found.start()] + gap + text[found.end() :], year
    return text, None


def _leaves_a_name(text: str, date: re.Match[str]) -> bool:
    """A number may be all that stands behind it, but only 2015-03 is a date in front of a name."""
    if text[: date.start()].strip(f" {BREAK}"):
        return True
    behind = text[date.end() :].lstrip(" -–")
    return date.re is _SORTED and (behind[:1].isalpha() or bool(date["day"] and behind))


def take_leading_year(text: str) -> tuple[str, str]:
    """From what follows the issue: “2001” of “015 2001”."""
    found = _YEAR_FIRST.match(text)
    return (text[found.end() :], found["year"]) if found else (text, "")
