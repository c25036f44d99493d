"""Numbers as they stand in file names: 7, 007a, 12.5, ½, -1, 78.BEY, 1-8."""

import re
from typing import NamedTuple

_NOT_A_SUFFIX = r"(?!(?:st|nd|rd|th|px?|pp|pg|x|k|er?|re|me|mb|gb|st[en])(?![a-z]))"
"""1st, 36p and 2e are no issues."""
_SUFFIX = rf"(?:\.[A-Z]{{2,4}}|(?i:{_NOT_A_SUFFIX}[a-z]{{1,2}}))"
_END = r"(?![0-9½¼¾A-Za-z\u00c0-\u024f\u0400-\u04ff])"
NUMBER = rf"-?(?:[0-9]{{1,9}}(?:\.[0-9]{{1,6}}){{0,2}}(?:\s?[½¼¾])?(?:{_SUFFIX}{_END})?|[½¼¾∞])"
END = rf"(?:{_END}|(?=[vx][0-9]))"
"""Behind a number: “11v2” is chapter 11 in its second version, “006x1” an extra of 6."""
_DASH = "[-–—]"
_SECOND = rf"(?P<to>[0-9]{{1,9}}(?:\.[0-9]{{1,6}})?(?:\s?[½¼¾])?[a-z]?){END}"
TIGHT_RANGE = rf"(?P<from>{NUMBER}){END}(?:{_DASH}(?:ch?|\#)?{_SECOND})?"
RANGE = (
    rf"(?P<from>{NUMBER}){END}"
    rf"(?:(?:{_DASH}|\s{_DASH}\s(?=\S+\s*(?:$|[\x1f+])))(?:ch?|\#)?{_SECOND})?"
)
"""A dash between spaces joins two numbers only where nothing but a bracket follows."""
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


class Number(NamedTuple):
    start: int
    """Where its label begins, in the name's text; the number itself where it has none."""
    end: int
    text: str
    chapter: bool = False

    @property
    def value(self) -> str:
        return "-".join(map(plain, _bounds(self.text)))


def number(match: re.Match[str], *, chapter: bool = False) -> Number:
    """Of a match of RANGE; what is no range after all (025-00, 252-005) ends at its first part."""
    first, last = match["from"], match["to"]
    if last is None:
        return Number(match.start(), match.end(), first, chapter)
    if not _rises(first, last):
        return Number(match.start(), match.end("from"), first, chapter)
    return Number(match.start(), match.end(), f"{first}–{last}", chapter)


def plain(text: str) -> str:
    """Without the zeros that only serve sorting by name: 007a is 7a, 0.5 stays."""
    return re.sub(r"^(-?)0+(?=[0-9])", r"\1", re.sub(r"\s", "", text))


def is_year(text: str) -> bool:
    return _YEAR.fullmatch(text) is not None


def _bounds(text: str) -> list[str]:
    return text.split("–")


def _rises(first: str, last: str) -> bool:
    low, high = _magnitude(first), _magnitude(last)
    return low < high and (is_year(first) or not is_year(last) or first[0] != "0")


def _magnitude(text: str) -> float:
    found = re.match(r"-?[0-9]+(?:\.[0-9]+)?", text)
    return float(found[0]) if found else 0.5
