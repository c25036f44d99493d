"""Edits of a comic's tags: what a field shall say, from what it says."""

import re
from collections.abc import Mapping
from typing import Literal

from library.metadata.model import ELEMENTS, Tags, joined

Action = Literal["set", "clear", "append", "replace", "number", "copy"]

EDITABLE = tuple(element for element in ELEMENTS if element != "Pages")
"""All that hold text; Pages holds other elements."""
LISTS = (
    "Writer", "Penciller", "Inker", "Colorist", "Letterer", "CoverArtist", "Editor", "Translator",
    "Genre", "Tags", "Characters", "Teams", "Locations", "StoryArc", "SeriesGroup",
)  # fmt: skip
"""Those that hold several values with commas between (ComicInfo's documentation)."""
COUNTABLE = ("Number", "AlternateNumber", "StoryArcNumber", "Volume")
"""Those in which a series of comics can be numbered."""


def appended(text: str, more: str) -> str:
    """The list with those values of another that it lacks; large and small letters are one."""
    seen = {value.casefold() for value in _values(text)}
    new = []
    for value in _values(more):
        if value.casefold() not in seen:
            seen.add(value.casefold())
            new.append(value)
    added = joined(new)
    return f"{text.rstrip(' ,')}, {added}" if text and added else text or added


def replaced(text: str, find: str, by: str, *, ignore_case: bool) -> str:
    """Every place where the text stands; nothing in it has a meaning of its own."""
    if not ignore_case:
        return text.replace(find, by)
    return re.sub(re.escape(find), lambda _found: by, text, flags=re.IGNORECASE)


def edited(
    tags: Tags,
    action: Action,
    field: str,
    *,
    value: str = "",
    find: str = "",
    ignore_case: bool = False,
    to_field: str = "",
    number: int = 0,
) -> Mapping[str, str]:
    """The element that the action concerns, with the text that it shall have."""
    text = tags.get(field, "")
    match action:
        case "set":
            return {field: value.strip()}
        case "clear":
            return {field: ""}
        case "append":
            return {field: appended(text, value)}
        case "replace":
            new = replaced(text, find, value, ignore_case=ignore_case)
            # A value that vanishes takes its comma with it.
            is_list = field in LISTS and new != text
            return {field: joined(_values(new)) if is_list else new.strip()}
        case "number":
            return {field: str(number)}
        case "copy":
            # Nothing is copied from a field that says nothing: it would clear the other one.
            return {to_field: text or tags.get(to_field, "")}


def _values(text: str) -> list[str]:
    return [value for part in text.split(",") if (value := part.strip())]
