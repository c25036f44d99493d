"""What a comic's file name tells: explicit rules first, then comicapi's guess.

Texts are always taken from the name itself; comicapi only points at the number.
"""

import re
from dataclasses import dataclass, replace
from pathlib import PurePath

from library.metadata import comicapi

_NUMBER = r"(?:-?\d+(?:\.\d+)?[½¼¾]?(?:[A-Za-z]{1,2}(?![A-Za-z]))?|-?[½¼¾])"
_EXPLICIT_ISSUE = (
    re.compile(rf"(?<!\w)#\s*(?P<issue>{_NUMBER})(?!\w)"),
    re.compile(
        rf"(?<!\w)(?:issue|chapter|chap\.?|ch\.?|episode|ep\.?|no\.|nr\.)\s*#?(?P<issue>{_NUMBER})(?!\w)",
        re.IGNORECASE,
    ),
    re.compile(rf"(?<!\w)(?P<issue>{_NUMBER})\s+of\s+\d+(?!\w)", re.IGNORECASE),
    re.compile(rf"^(?P<issue>{_NUMBER})(?=$|\s+-\s|\.\s)"),
    re.compile(rf"\s-\s(?P<issue>{_NUMBER})(?=$|\s+-\s)"),
)
_VOLUME = re.compile(
    r"(?<!\w)(?:(?:volume|vol\.?|tome|v)\s?(?P<volume>\d{1,4})|T(?P<tome>\d{2,3}))(?!\w)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"[(\[][^)\]]*?(?<!\d)(?P<year>(?:19|20)\d\d)(?!\d)[^)\]]*[)\]]")
_OF_COUNT = re.compile(r"\(\s*of\s+\d+\s*\)", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_NUMBER_WORD = re.compile(rf"(?<!\S){_NUMBER}(?!\S)")
_YEAR_WORD = re.compile(r"(?:19|20)\d\d")
_SEPARATORS = " \t-–—_,.:;+#"
_SUFFIX = re.compile(r"\.(?:cb[zr7t]|zip|rar|7z|tar)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParsedName:
    """Empty where the name says nothing."""

    series: str = ""
    issue: str = ""
    title: str = ""
    volume: str = ""
    year: str = ""


def parse(name: str) -> ParsedName:
    """Take a file name apart; asks comicapi only where our own rules find no number."""
    parsed = parse_explicit(name)
    if parsed.issue:
        return parsed
    text, _, _ = _prepared(name)
    found = _numbered_word(text, comicapi.guess(_spaced(name)).issue)
    return _around(text, found.span(), found[0], parsed) if found else parsed


def parse_explicit(name: str) -> ParsedName:
    """Only what the name says in so many words: #5, Chapter 5, 5 of 6, v2, (2016)."""
    text, volume, year = _prepared(name)
    rest = ParsedName(series=_trimmed(text), volume=volume, year=year)
    for rule in _EXPLICIT_ISSUE:
        if found := rule.search(text):
            return _around(text, found.span(), found["issue"], rest)
    return rest


def folder_series(folder: str) -> str:
    """The series that a folder is named for: "_" stands for the colon no file system takes."""
    return " ".join(folder.replace("_", ":").split())


def _prepared(name: str) -> tuple[str, str, str]:
    """The name without what stands in brackets, the volume and the year."""
    text = _spaced(name)
    year = _YEAR.search(text)
    text = _BRACKETS.sub(" ", _OF_COUNT.sub(" ", text))
    volume = _VOLUME.search(text)
    if volume:
        text = text[: volume.start()] + " " + text[volume.end() :]
    text = re.sub(r"\s+", " ", text).strip()
    digits = (volume["volume"] or volume["tome"]).lstrip("0") if volume else ""
    return text, digits, year["year"] if year else ""


def _spaced(name: str) -> str:
    """Without suffix; underscores and doubled separators as the spaces or colons they mean."""
    stem = _SUFFIX.sub("", PurePath(name).name)
    if " " in stem:
        stem = re.sub(r"(?<=\w)_(?= )", ":", stem)
    stem = re.sub(r"_+", " ", stem)
    return re.sub(r"\s*--+\s*", " - ", stem)


def _numbered_word(text: str, issue: str) -> re.Match[str] | None:
    """The word that comicapi took for the number, or the last that looks like one.

    The first word is the series, and a year alone is no number.
    """
    words = [word for word in _NUMBER_WORD.finditer(text) if word.start()]
    same = [word for word in words if issue and _plain(word[0]) == _plain(issue)]
    likely = [word for word in words if not _YEAR_WORD.fullmatch(word[0])]
    return next(reversed(same or likely), None)


def _around(text: str, span: tuple[int, int], issue: str, rest: ParsedName) -> ParsedName:
    start, end = span
    return replace(
        rest,
        series=_trimmed(text[:start]),
        issue=_plain(issue),
        title=_trimmed(text[end:]),
    )


def _plain(issue: str) -> str:
    """Without the zeros that only serve sorting by name: 007a is 7a, 0.5 stays."""
    return re.sub(r"^(-?)0+(?=\d)", r"\1", issue)


def _trimmed(text: str) -> str:
    return text.strip(_SEPARATORS)
