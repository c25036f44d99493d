"""What a name template can say of a comic: its fields, and the filters for them."""

import unicodedata
from collections.abc import Callable, Mapping

ORIGINAL = "original"
"""Stands for the element of the field that is no tag: what the file is called now."""

FIELDS: Mapping[str, str] = {
    "series": "Series",
    "issue": "Number",
    "title": "Title",
    "volume": "Volume",
    "count": "Count",
    "year": "Year",
    "month": "Month",
    "day": "Day",
    "publisher": "Publisher",
    "imprint": "Imprint",
    "format": "Format",
    "language": "LanguageISO",
    "series_group": "SeriesGroup",
    "arc": "StoryArc",
    "part": "StoryArcNumber",
    "alternate_series": "AlternateSeries",
    "alternate_issue": "AlternateNumber",
    "alternate_count": "AlternateCount",
    "genre": "Genre",
    "tags": "Tags",
    "age_rating": "AgeRating",
    "rating": "CommunityRating",
    "manga": "Manga",
    "black_and_white": "BlackAndWhite",
    "pages": "PageCount",
    "writer": "Writer",
    "penciller": "Penciller",
    "inker": "Inker",
    "colorist": "Colorist",
    "letterer": "Letterer",
    "cover_artist": "CoverArtist",
    "editor": "Editor",
    "translator": "Translator",
    "characters": "Characters",
    "teams": "Teams",
    "locations": "Locations",
    "main_character": "MainCharacterOrTeam",
    "scan": "ScanInformation",
    "gtin": "GTIN",
    "original": ORIGINAL,
}
"""Their elements in ComicInfo."""

NUMBERS = frozenset(
    ["issue", "volume", "count", "year", "month", "day", "part", "alternate_issue",
     "alternate_count", "pages"]
)  # fmt: skip

_ARTICLES = ("the ", "a ", "an ", "der ", "die ", "das ", "le ", "la ", "les ", "l'", "el ", "los ")


def _first(text: str) -> str:
    return text.split(",")[0].strip()


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def _sorting(text: str) -> str:
    """The Batman -> Batman, The."""
    for article in _ARTICLES:
        if text.lower().startswith(article) and text[len(article) :].strip():
            return f"{text[len(article) :].strip()}, {text[: len(article)].strip()}"
    return text


def _initial(text: str) -> str:
    """For folders by letter; what begins with none of A to Z is under #."""
    letter = _plain(_sorting(text))[:1].upper()
    return letter if "A" <= letter <= "Z" else "#"


FILTERS: Mapping[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "first": _first,
    "sort": _sorting,
    "initial": _initial,
    "plain": _plain,
}
"""first: of several values; sort: “Batman, The”; initial: its letter; plain: without accents."""
