"""What a name's brackets say, sorted by kind."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

from library.metadata.filenames.brackets import Bracket
from library.metadata.filenames.dates import Year, bracket_years, take_date
from library.metadata.filenames.labels import issue_of, issues, volumes
from library.metadata.filenames.marks import formats_and_groups, language_of, scan_group
from library.metadata.filenames.numbers import Number, plain

_COUNT = re.compile(r"(?:^|[0-9]\s?)(?:of|von|de|sur|di|van)\s+(?P<count>[0-9]+)(?![\w])", re.I)
_BARE = re.compile(r"0[0-9]+|[0-9]{2,3}")
_VERSION = re.compile(r"[vr](?P<version>[0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class Facts:
    years: tuple[Year, ...] = ()
    issue: Number | None = None
    """A labelled issue, at the place of its bracket; so for the next two."""
    volume: Number | None = None
    version: Number | None = None
    """(v3): a volume before the issue, and behind it only how often the file was mended."""
    bare_issue: Number | None = None
    """A number that may be the issue where nothing else is: (02), (186), (A Long Story 1 of 8)."""
    count: str = ""
    counted: frozenset[int] = frozenset()
    """The places of the brackets that begin with “of”."""
    format: str = ""
    scan: str = ""
    language: str = ""

    def with_date(self, text: str) -> tuple[str, "Facts"]:
        """The text without a date that stands outside of brackets, as one fact more."""
        text, year = take_date(text, is_dated=bool(self.years))
        return text, replace(self, years=(*self.years, year)) if year else self


def facts_of(brackets: Sequence[Bracket]) -> Facts:
    years, others = bracket_years(brackets)
    counts = {
        b.place: match["count"]
        for b in others
        if (match := _COUNT.search(b.text)) and not b.text[: match.start()].strip()
    }
    numbered = [_at(b.place, found) for b in others if (found := _labelled(b.text))]
    volumed = [_at(b.place, found) for b in others if (found := _volume(b.text))]
    bare = [_at(b.place, found) for b in others if (found := _bare(b.text))]
    versions = [_at(b.place, found) for b in others if (found := _version(b.text))]
    used = {*counts, *(number.start for number in (*numbered, *volumed))}
    format_, rest = formats_and_groups([b for b in others if b.place not in used])
    return Facts(
        years=tuple(years),
        issue=next(iter(numbered), None),
        volume=next(iter(volumed), None),
        version=next(iter(versions), None),
        bare_issue=next(iter(bare), None),
        count=plain(next(iter(counts.values()), "")),
        counted=frozenset(counts),
        format=format_,
        scan=scan_group(rest, release=_release(brackets, rest)),
        language=language_of(others),
    )


def _release(brackets: Sequence[Bracket], rest: Sequence[Bracket]) -> float:
    """Where the first bracket stands that says something else, as the year does in a release."""
    return min({b.place for b in brackets} - {b.place for b in rest}, default=inf)


def _at(place: int, number: Number) -> Number:
    return number._replace(start=place, end=place + 1)


def _labelled(text: str) -> Number | None:
    counted = issue_of(text)
    found = [*issues(text), *([counted[0]] if counted else [])]
    return next((each for each in found if each.start == 0), None)


def _bare(text: str) -> Number | None:
    if _BARE.fullmatch(text):
        return Number(0, len(text), text)
    counted = issue_of(text)
    return counted[0] if counted and counted[0].start else None


def _version(text: str) -> Number | None:
    found = _VERSION.fullmatch(text)
    return Number(0, len(text), found["version"]) if found and text[0] in "vV" else None


def _volume(text: str) -> Number | None:
    if _VERSION.fullmatch(text):
        return None
    return next((n for n in volumes(text) if n.end - n.start == len(text)), None)
