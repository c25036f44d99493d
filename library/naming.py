"""File names by template, such as "{series} - Chapter {issue:4}".

A template is text with named fields, parsed here and not by `str.format`, which would let a
template reach into objects. Every name is safe on Linux, macOS, Windows and network shares.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from library.exceptions import ComicError
from library.metadata.model import known

DEFAULT_TEMPLATE = "{series} - Chapter {issue:4}"
MAX_NAME_BYTES = 255

ELEMENT_OF_FIELD = {
    "series": "Series",
    "issue": "Number",
    "title": "Title",
    "volume": "Volume",
    "year": "Year",
    "publisher": "Publisher",
}
_PADDED = ("issue", "volume", "year")
_ONLY_IN_TAGS = "No {} found in ComicInfo.xml."
_IN_TAGS_OR_NAME = "No {} found in ComicInfo.xml or in the file name."
_MISSING = {
    "series": "No series found in ComicInfo.xml, in the file name or in the folder's name.",
    "issue": _IN_TAGS_OR_NAME.format("issue number"),
    "title": _IN_TAGS_OR_NAME.format("title"),
    "volume": _IN_TAGS_OR_NAME.format("volume"),
    "year": _IN_TAGS_OR_NAME.format("year"),
    "publisher": _ONLY_IN_TAGS.format("publisher"),
}

_FIELD = re.compile(r"\{(?P<name>[^{}:]*)(?::(?P<width>[^{}]*))?\}")
_RESERVED = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff]')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE)


class TemplateError(ComicError):
    """The template itself is wrong, so no comic can be named by it."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message, position)
        self.message = message
        self.position = position
        """Where in the template, counted from 0."""

    def __str__(self) -> str:
        return self.message


class MissingValue(ComicError):
    """The template needs a field that this comic does not have."""

    outcome = "skipped"

    def __init__(self, field: str) -> None:
        super().__init__(_MISSING[field])
        self.field = field

    def __reduce__(self) -> tuple[type["MissingValue"], tuple[str]]:
        return type(self), (self.field,)


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    width: int = 0
    """The whole part of a number is filled with zeros to this many digits."""


Template = tuple[str | Field, ...]


@lru_cache(maxsize=64)
def parse_template(text: str) -> Template:
    """Raises: TemplateError, with a sentence that says what to do."""
    parts: list[str | Field] = []
    position = 0
    for found in _FIELD.finditer(text):
        parts += _literal(text, position, found.start())
        parts.append(_field(found))
        position = found.end()
    parts += _literal(text, position, len(text))
    if not any(isinstance(part, Field) for part in parts):
        raise TemplateError("Use at least one field, for example {series} or {issue:4}.", 0)
    return tuple(parts)


def render(template: str, tags: Mapping[str, str], suffix: str) -> str:
    """The file name for these tags, suffix included.

    Raises:
        TemplateError: the template is wrong.
        MissingValue: the comic lacks a field that the template uses.
    """
    parts = [_rendered(part, tags) for part in parse_template(template)]
    room = MAX_NAME_BYTES - len(suffix.encode(errors="replace"))
    while any(parts) and len(_stem(parts).encode()) > room:
        _shorten(parts, len(_stem(parts).encode()) - room)
    return _stem(parts) + suffix


def _literal(text: str, start: int, end: int) -> list[str]:
    for position in range(start, end):
        if text[position] in "{}":
            raise TemplateError(
                f"The bracket at position {position + 1} has no partner; "
                "write fields like {series} or {issue:4}.",
                position,
            )
        if text[position] in "/\\":
            raise TemplateError(
                f"Remove the “{text[position]}” at position {position + 1}: "
                "a template names the file, not its folder.",
                position,
            )
    return [text[start:end]] if end > start else []


def _field(found: re.Match[str]) -> Field:
    name, width = found["name"], found["width"]
    if name not in ELEMENT_OF_FIELD:
        fields = ", ".join(f"{{{field}}}" for field in ELEMENT_OF_FIELD)
        raise TemplateError(
            f"There is no field {{{name}}} (position {found.start() + 1}). Use one of {fields}.",
            found.start(),
        )
    if width is None:
        return Field(name)
    if name not in _PADDED:
        raise TemplateError(
            f"Only numbers can be filled with zeros; write {{{name}}} without “:{width}”.",
            found.start("width"),
        )
    if not re.fullmatch("[1-9]", width):
        raise TemplateError(
            f"Write a number from 1 to 9 instead of “{width}”, for example {{{name}:4}}.",
            found.start("width"),
        )
    return Field(name, int(width))


def _rendered(part: str | Field, tags: Mapping[str, str]) -> str:
    if isinstance(part, str):
        return _cleaned(part)
    text = _cleaned(known(tags, ELEMENT_OF_FIELD[part.name])).strip()
    if not text:
        raise MissingValue(part.name)
    return _padded(text, part.width)


def _padded(number: str, width: int) -> str:
    """12.5 is 0012.5, -1 is -0001, 7a is 0007a; ½ has no whole part to fill."""
    return re.sub(r"^(-?)([0-9]+)", lambda m: m[1] + m[2].zfill(width), number)


def _cleaned(text: str) -> str:
    spaced = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text))
    return _RESERVED.sub("_", spaced)


def _stem(parts: list[str]) -> str:
    stem = re.sub(" +", " ", unicodedata.normalize("NFC", "".join(parts))).strip(" ").rstrip(" .")
    if stem.startswith("."):
        stem = "_" + stem[1:]
    device, dot, rest = stem.partition(".")
    if _DEVICE.fullmatch(device.rstrip()):
        stem = device.rstrip() + "_" + dot + rest
    return stem or "_"


def _shorten(parts: list[str], excess: int) -> None:
    """Take from the longest part, so that the number stays in the name."""
    longest = max(range(len(parts)), key=lambda index: len(parts[index].encode()))
    kept = len(parts[longest].encode()) - excess
    parts[longest] = parts[longest].encode()[: max(0, kept)].decode(errors="ignore")
