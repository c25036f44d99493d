"""ComicBookInfo 1.0, JSON in a ZIP's comment, under ComicInfo's element names."""

import json
from typing import Any

from library.metadata.exceptions import MetadataError
from library.metadata.model import joined

_TEXTS = {
    "Series": "series",
    "Title": "title",
    "Number": "issue",
    "Count": "numberOfIssues",
    "Volume": "volume",
    "Year": "publicationYear",
    "Month": "publicationMonth",
    "Publisher": "publisher",
    "Genre": "genre",
    "Summary": "comments",
}
_ELEMENT_OF_ROLE = {
    "writer": "Writer",
    "plotter": "Writer",
    "scripter": "Writer",
    "artist": "Penciller",
    "penciller": "Penciller",
    "penciler": "Penciller",
    "inker": "Inker",
    "colorist": "Colorist",
    "colourist": "Colorist",
    "colorer": "Colorist",
    "letterer": "Letterer",
    "cover": "CoverArtist",
    "cover artist": "CoverArtist",
    "editor": "Editor",
    "translator": "Translator",
}
_LANGUAGES = {
    "chinese": "zh", "danish": "da", "dutch": "nl", "english": "en", "finnish": "fi",
    "french": "fr", "german": "de", "italian": "it", "japanese": "ja", "korean": "ko",
    "norwegian": "no", "polish": "pl", "portuguese": "pt", "russian": "ru", "spanish": "es",
    "swedish": "sv",
}  # fmt: skip
"""It names languages in English where ComicInfo has their codes."""


def read(comment: bytes) -> dict[str, str]:
    """Raises: MetadataError."""
    info = _info(comment)
    tags = {element: _text(info.get(key)) for element, key in _TEXTS.items()}
    tags["Tags"] = joined(_text(tag) for tag in _list(info.get("tags")))
    language = _text(info.get("language"))
    tags["LanguageISO"] = _LANGUAGES.get(language.casefold(), language if len(language) < 4 else "")
    tags |= _credits(info)
    return {element: text for element, text in tags.items() if text}


def _info(comment: bytes) -> dict[str, Any]:
    try:
        container = json.loads(comment)
    except (ValueError, RecursionError) as error:
        raise MetadataError("The ComicBookInfo in the comment is not sound JSON.") from error
    info = container.get("ComicBookInfo/1.0") if isinstance(container, dict) else None
    if not isinstance(info, dict):
        raise MetadataError("The ComicBookInfo in the comment holds something else.")
    return info


def _credits(info: dict[str, Any]) -> dict[str, str]:
    people: dict[str, list[str]] = {}
    for credit in _list(info.get("credits")):
        if isinstance(credit, dict):
            element = _ELEMENT_OF_ROLE.get(_text(credit.get("role")).casefold())
            if element:
                people.setdefault(element, []).append(_text(credit.get("person")))
    return {element: joined(names) for element, names in people.items()}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    """Numbers come as numbers or as texts; 1.0 means 1."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)[:10_000].strip()
    return ""
