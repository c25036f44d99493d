"""What ComicInfo's elements may say, and how people call them (schema 2.1, draft)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

YES_NO = {"Unknown": _("Unknown"), "No": _("No"), "Yes": _("Yes")}
VALUES: dict[str, dict[str, Any]] = {
    "Manga": YES_NO | {"YesAndRightToLeft": _("Yes, read from right to left")},
    "BlackAndWhite": YES_NO,
    "AgeRating": {
        value: value
        for value in (
            "Unknown", "Adults Only 18+", "Early Childhood", "Everyone", "Everyone 10+", "G",
            "Kids to Adults", "M", "MA15+", "Mature 17+", "PG", "R18+", "Rating Pending", "Teen",
            "X18+",
        )
    },
}  # fmt: skip
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
RANGES = {
    "Count": (-1, 100_000),
    "Volume": (-1, 100_000),
    "AlternateCount": (-1, 100_000),
    "Year": (-1, 9999),
    "Month": (-1, 12),
    "Day": (-1, 31),
    "PageCount": (0, 100_000),
}
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
