"""How people call ComicInfo's elements and what these may say."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from library.metadata.values import CHOICES, RANGES

_WORDS: dict[str, Any] = {
    "Unknown": _("Unknown"),
    "No": _("No"),
    "Yes": _("Yes"),
    "YesAndRightToLeft": _("Yes, read from right to left"),
}
VALUES: dict[str, dict[str, Any]] = {
    element: {value: _WORDS.get(value, value) for value in values}
    for element, values in CHOICES.items()
}
"""All that the schema allows, in words."""
SUGGESTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "Format": tuple(
        (value, "")
        for value in (
            "Annual", "Digital", "Graphic Novel", "Hardcover", "Limited Series", "Magazine",
            "Omnibus", "One-Shot", "Special", "TPB", "Web Comic",
        )
    ),
    "LanguageISO": (
        ("ar", "العربية"), ("cs", "Čeština"), ("da", "Dansk"), ("de", "Deutsch"),
        ("en", "English"), ("es", "Español"), ("fi", "Suomi"), ("fr", "Français"),
        ("id", "Bahasa Indonesia"), ("it", "Italiano"), ("ja", "日本語"), ("ko", "한국어"),
        ("nl", "Nederlands"), ("no", "Norsk"), ("pl", "Polski"), ("pt", "Português"),
        ("pt-BR", "Português (Brasil)"), ("ru", "Русский"), ("sv", "Svenska"), ("tr", "Türkçe"),
        ("uk", "Українська"), ("vi", "Tiếng Việt"), ("zh", "中文"),
    ),
}  # fmt: skip
"""Any other text will do as well."""
LINES = frozenset(["Summary", "Notes", "Review"])
"""Texts of several lines."""
WIDE = LINES | {"Series", "Title", "Characters", "Web"}
NARROW = frozenset(
    [*RANGES, "Number", "AlternateNumber", "StoryArcNumber", "CommunityRating", "LanguageISO"]
)
"""Texts of a few characters."""
LABELS: dict[str, Any] = {
    "Review": _("Review"),
    "Locations": _("Locations"),
    "Teams": _("Teams"),
    "Characters": _("Characters"),
    "Manga": _("Manga"),
    "Format": _("Format"),
    "Tags": _("Tags"),
    "Genre": _("Genre"),
    "Imprint": _("Imprint"),
    "Publisher": _("Publisher"),
    "Translator": _("Translator"),
    "Editor": _("Editor"),
    "Letterer": _("Letterer"),
    "Colorist": _("Colorist"),
    "Inker": _("Inker"),
    "Penciller": _("Penciller"),
    "Writer": _("Writer"),
    "Notes": _("Notes"),
    "Summary": _("Summary"),
    "Day": _("Day"),
    "Month": _("Month"),
    "Year": _("Year"),
    "Volume": _("Volume"),
    "Series": _("Series"),
    "Title": _("Title"),
    "Number": _("Issue number"),
    "Count": _("Issues in all"),
    "LanguageISO": _("Language"),
    "MainCharacterOrTeam": _("Main character or team"),
    "StoryArc": _("Story arc"),
    "StoryArcNumber": _("Number in the story arc"),
    "SeriesGroup": _("Series group"),
    "AlternateSeries": _("Alternate series"),
    "AlternateNumber": _("Alternate number"),
    "AlternateCount": _("Alternate count"),
    "CoverArtist": _("Cover artist"),
    "AgeRating": _("Age rating"),
    "BlackAndWhite": _("Black and white"),
    "CommunityRating": _("Community rating"),
    "Web": _("Web pages"),
    "GTIN": _("GTIN or ISBN"),
    "PageCount": _("Page count"),
    "ScanInformation": _("Scan information"),
}
