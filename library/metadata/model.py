import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Tags = Mapping[str, str]
"""Texts under ComicInfo's element names; an element that is missing or empty has no key."""

_SCHEMA_ORDER = """
    Title Series Number Count Volume AlternateSeries AlternateNumber AlternateCount Summary Notes
    Year Month Day Writer Penciller Inker Colorist Letterer CoverArtist Editor Translator Publisher
    Imprint Genre Tags Web PageCount LanguageISO Format BlackAndWhite Manga Characters Teams
    Locations ScanInformation StoryArc StoryArcNumber SeriesGroup AgeRating Pages CommunityRating
    MainCharacterOrTeam Review GTIN
"""
ELEMENTS = tuple(_SCHEMA_ORDER.split())
"""In the order of ComicInfo 2.1's schema (draft)."""

MINUS_ONE_MEANS_UNKNOWN = frozenset(
    ["Count", "Volume", "AlternateCount", "Year", "Month", "Day", "CommunityRating"]
)


def known(tags: Tags, element: str) -> str:
    """The element's text, or "" where ComicInfo says "unknown"; issue -1 is an issue."""
    text = tags.get(element, "")
    return "" if text == "-1" and element in MINUS_ONE_MEANS_UNKNOWN else text


def joined(texts: Iterable[str], separator: str = ", ") -> str:
    """Several values as ComicInfo has them in one element, each once."""
    return separator.join(dict.fromkeys(filter(None, texts)))


@dataclass(frozen=True, slots=True)
class DateParts:
    year: str = ""
    month: str = ""
    day: str = ""

    @classmethod
    def of(cls, text: str) -> "DateParts":
        """From 2016, 2016-05 or 2016-05-17 (ISO 8601), perhaps with a time behind it."""
        found = re.match(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?(?!\d)", text, re.ASCII)
        return cls(*((part or "").lstrip("0") for part in found.groups())) if found else cls()

    def tags(self) -> dict[str, str]:
        return {"Year": self.year, "Month": self.month, "Day": self.day}
