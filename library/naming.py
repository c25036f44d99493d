"""File names by template (`library.template` has the language), safe on every system.

That is Linux, macOS, Windows and network shares.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from library.exceptions import ComicError
from library.metadata.model import known
from library.template import Field, Group, Part, Template, parse_template
from library.template_fields import FIELDS, FILTERS

DEFAULT_TEMPLATE = "{series} - Chapter {issue:4}"
MAX_NAME_BYTES = 255

_ONLY_IN_TAGS = "No {} found in ComicInfo.xml."
_NOWHERE = "No {} found in ComicInfo.xml or in the file name."
_MISSING = {
    "series": "No series found in ComicInfo.xml, in the file name or in the folder's name.",
    "issue": _NOWHERE.format("issue number"),
    **{field: _NOWHERE.format(field) for field in ("title", "volume", "count", "year")},
}

_RESERVED = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff]')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE)


class MissingValue(ComicError):
    """The template needs a field that this comic does not have."""

    outcome = "skipped"

    def __init__(self, field: str) -> None:
        super().__init__(_MISSING.get(field) or _ONLY_IN_TAGS.format(field.replace("_", " ")))
        self.field = field

    def __reduce__(self) -> tuple[type["MissingValue"], tuple[str]]:
        return type(self), (self.field,)


def render(template: str, tags: Mapping[str, str], suffix: str) -> str:
    """The file name for these tags, suffix included.

    Raises:
        TemplateError: the template is wrong.
        MissingValue: the comic lacks a field that the template uses outside of groups.
    """
    parts = list(_rendered(parse_template(template), tags))
    room = MAX_NAME_BYTES - len(suffix.encode(errors="replace"))
    while any(parts) and len(_stem(parts).encode()) > room:
        _shorten(parts, len(_stem(parts).encode()) - room)
    return _stem(parts) + suffix


def _rendered(template: Template, tags: Mapping[str, str]) -> Iterator[str]:
    for part in template:
        if isinstance(part, Group):
            try:
                yield from list(_rendered(part.parts, tags))
            except MissingValue:
                continue
        else:
            yield _text(part, tags)


def _text(part: Part, tags: Mapping[str, str]) -> str:
    if not isinstance(part, Field):
        return _cleaned(str(part))
    text = known(tags, FIELDS[part.name])
    for each in part.filters:
        text = FILTERS[each](text)
    text = _cleaned(text).strip()
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
