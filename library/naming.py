"""Paths by template (`library.template` has the language), safe on every system.

That is Linux, macOS, Windows and network shares.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from library.exceptions import ComicError
from library.metadata.model import known
from library.template import Field, Group, Template, parse_template
from library.template_fields import FIELDS, FILTERS, ORIGINAL

DEFAULT_TEMPLATE = "{series} - Chapter {issue:4}"
MAX_NAME_BYTES = 255

_ONLY_IN_TAGS = "No {} found in ComicInfo.xml."
_NOWHERE = "No {} found in ComicInfo.xml or in the file name."
_MISSING = {
    "series": "No series found in ComicInfo.xml, in the file name or in the folder's name.",
    "issue": _NOWHERE.format("issue number"),
    **{field: _NOWHERE.format(field) for field in ("title", "volume", "count", "year")},
}

_MARK = "\ue000"
_JOINER = "\u200d"
"""Makes one sign of several, and is nothing to see by itself."""
_SPACES = re.compile(r"\s+")
_WHOLE_PART = re.compile("^(-?)([0-9]+)")
_SLASH = re.compile("(/)")
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


def render(template: str, tags: Mapping[str, str], suffix: str, *, original: str = "") -> str:
    """The path for these tags, suffix included; a bare name where the template has no folders.

    `original` is what the file is called now, without its suffix.

    Raises:
        TemplateError: the template is wrong.
        MissingValue: the comic lacks a field that the template uses outside of groups.
    """
    parsed = parse_template(template)
    if ORIGINAL in template:
        tags = {**tags, ORIGINAL: _unnamed(parsed, tags, original)}
    *folders, name = _components(parsed, tags)
    room = MAX_NAME_BYTES - len(suffix.encode(errors="replace"))
    shown = [_fitted(parts, MAX_NAME_BYTES) for parts in folders if "".join(parts).strip()]
    return "/".join([*shown, _fitted(name, room) + suffix])


def split(path: str) -> tuple[str, str]:
    """Its folder and its name."""
    folder, _, name = path.rpartition("/")
    return folder, name


def folded(path: str) -> str:
    """The same for paths that are one on systems where case, or how accents are made, does not
    count."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _unnamed(template: Template, tags: Mapping[str, str], stem: str) -> str:
    """What a file was called before the template named it, so that to name it again adds
    nothing."""
    marked = _stem(_components(template, {**tags, ORIGINAL: _MARK})[-1])
    before, mark, after = marked.partition(_MARK)
    stem = unicodedata.normalize("NFC", stem)
    is_named = mark and stem.startswith(before) and stem.endswith(after)
    if is_named and len(stem) > len(before) + len(after):
        return stem[len(before) : len(stem) - len(after)]
    return stem


def _components(template: Template, tags: Mapping[str, str]) -> list[list[str]]:
    """The folders' and the file's name, each in parts. Raises MissingValue."""
    components: list[list[str]] = [[]]
    vanished: list[MissingValue] = []
    for text in _rendered(template, tags, vanished):
        if text == "/":
            components.append([])
        else:
            components[-1].append(text)
    if vanished and not "".join(components[-1]).strip():
        raise vanished[-1]
    return components


def _rendered(
    template: Template, tags: Mapping[str, str], vanished: list[MissingValue]
) -> Iterator[str]:
    """Texts that are safe, and a "/" by itself wherever a folder ends."""
    for part in template:
        if isinstance(part, Group):
            try:
                yield from list(_rendered(part.parts, tags, vanished))
            except MissingValue as missing:
                vanished.append(missing)
        elif isinstance(part, Field):
            yield _text(part, tags)
        else:
            yield from (text if text == "/" else _cleaned(text) for text in _SLASH.split(part))


def _text(part: Field, tags: Mapping[str, str]) -> str:
    text = known(tags, FIELDS[part.name])
    for each in part.filters:
        text = FILTERS[each](text)
    text = _cleaned(text).strip()
    if not text:
        raise MissingValue(part.name)
    return _padded(text, part.width)


def _padded(number: str, width: int) -> str:
    """12.5 is 0012.5, -1 is -0001, 7a is 0007a; ½ has no whole part to fill."""
    if not width:
        return number
    return _WHOLE_PART.sub(lambda m: m[1] + m[2].zfill(width), number)


def _cleaned(text: str) -> str:
    spaced = _SPACES.sub(" ", unicodedata.normalize("NFC", text))
    return _RESERVED.sub("_", spaced)


def _fitted(parts: list[str], room: int) -> str:
    stem = _stem(parts)
    while any(parts) and len(stem.encode()) > room:
        _shorten(parts, len(stem.encode()) - room)
        stem = _stem(parts)
    return stem


def _stem(parts: list[str]) -> str:
    stem = unicodedata.normalize("NFC", "".join(parts))
    stem = _SPACES.sub(" ", stem).strip(" ").rstrip(" .")
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
    cut = parts[longest].encode()[: max(0, kept)].decode(errors="ignore")
    parts[longest] = cut.rstrip(_JOINER)
