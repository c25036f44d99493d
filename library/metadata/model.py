from collections.abc import Mapping

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
