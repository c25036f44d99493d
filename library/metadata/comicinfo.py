"""Read and patch ComicInfo.xml.

A patch splices bytes: what it does not touch stays to the letter, line ends, quotes, comments,
unknown elements and all, which no serialised tree can promise.
"""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape  # parses nothing # nosec B406

from library.metadata.document import MAX_BYTES, MAX_ELEMENTS, Document, Element, decode, parse
from library.metadata.exceptions import MetadataError
from library.metadata.model import ELEMENTS

_EMPTY = b'<?xml version="1.0" encoding="utf-8"?>\n<ComicInfo>\n</ComicInfo>\n'
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RANK = {name: rank for rank, name in enumerate(ELEMENTS)}

_Edit = tuple[int, int, bytes]
"""Start and end of the bytes to replace, and what comes in their place."""


def read(xml: bytes) -> dict[str, str]:
    """The texts of the elements, by their names; empty ones and those with children are left out.

    Of elements that stand twice the first that holds text counts.

    Raises:
        MetadataError: this is no sound ComicInfo.xml, or it is beyond the limits.
    """
    text, _ = decode(xml)
    document = parse(text.encode())
    tags: dict[str, str] = {}
    for child in document.children:
        name = document.local_name(child)
        if child.is_plain and ":" not in name and (value := child.text.strip()):
            tags.setdefault(name, value)
    return tags


def patch(xml: bytes | None, changes: Mapping[str, str | None]) -> bytes:
    """The document with these elements set, or removed where the value is None or empty.

    New elements are inserted in the schema's order. The very same bytes come back when nothing
    changes. Without a document a new one is made.

    Raises:
        MetadataError: the document cannot be read, or a name or value does not fit into it.
    """
    text, encoding = decode(_EMPTY if xml is None else xml)
    document = parse(text.encode())
    edits: list[_Edit] = []
    missing: dict[str, str] = {}
    for name in sorted(changes, key=_rank):
        value = (changes[name] or "").strip()
        if document.named(name):
            edits += _edits(document, name, value)
        elif value:
            missing[name] = value
    if document.parts + len(missing) > MAX_ELEMENTS:
        raise MetadataError("ComicInfo.xml would be too large.")
    edits += _insertions(document, missing)
    if xml is not None and not edits:
        return xml
    patched = _spliced(document.data, edits).decode().encode(encoding, "xmlcharrefreplace")
    if len(patched) > MAX_BYTES:
        raise MetadataError("ComicInfo.xml would be larger than 2 MiB.")
    return patched


def _edits(document: Document, name: str, value: str) -> list[_Edit]:
    check_value(name, value)
    present = document.named(name)
    if not all(element.is_plain for element in present):
        raise MetadataError(f"{name} holds more than text and cannot be set.")
    if value == next(filter(None, (element.text.strip() for element in present)), ""):
        return []
    if not value:
        return [_removal(document.data, element) for element in present]
    first, *others = present
    return [_filling(document.data, first, value), *(_removal(document.data, e) for e in others)]


def _removal(data: bytes, element: Element) -> _Edit:
    return element.start - len(_indent(data, element.start)), element.end, b""


def _filling(data: bytes, element: Element, value: str) -> _Edit:
    if element.is_empty_tag:
        return _opened(data, element, _escaped(value))
    return element.content_start, element.content_end, _escaped(value)


def _opened(data: bytes, element: Element, content: bytes) -> _Edit:
    """<Title/> becomes <Title>...</Title>, with its attributes."""
    start_tag = data[element.start : element.end - 2].rstrip() + b">"
    return element.start, element.end, start_tag + content + b"</" + element.name.encode() + b">"


def _insertions(document: Document, values: Mapping[str, str]) -> list[_Edit]:
    """Elements that the document does not have yet; `values` come in the schema's order."""
    new = {name: _element(document, name, value) for name, value in values.items()}
    root = document.root
    if not new or document.children:
        return _beside(document, new)
    content = b"".join(b"\n  " + element for element in new.values())
    if root.is_empty_tag:
        return [_opened(document.data, root, content + b"\n")]
    start = root.content_start
    line_end = b"" if document.data[start : start + 1].isspace() else b"\n"
    return [(start, start, content + line_end)]


def _beside(document: Document, new: Mapping[str, bytes]) -> list[_Edit]:
    """Each after the last one that the schema has before it, which may be new itself."""
    edits: list[_Edit] = []
    last, indent = 0, b""
    ranked = [(_rank(document.local_name(child)), child) for child in document.children]
    for name, element in new.items():
        earlier = [child for rank, child in ranked if rank < _RANK[name]]
        if earlier and earlier[-1].end >= last:
            last, indent = earlier[-1].end, _indent(document.data, earlier[-1].start)
        if last:
            edits.append((last, last, indent + element))
        else:
            first = document.children[0].start
            before = _indent(document.data, first)
            place = first - len(before)  # an edit that removes the first child begins there too
            edits.append((place, place, before + element))
    return edits


def _element(document: Document, name: str, value: str) -> bytes:
    check_value(name, value)
    if name not in _RANK:
        raise MetadataError(f"{name} is not an element of ComicInfo.")
    tag = (document.prefix + name).encode()
    return b"<" + tag + b">" + _escaped(value) + b"</" + tag + b">"


def check_value(name: str, value: str) -> None:
    """Raises: MetadataError."""
    if _NOT_IN_XML.search(value):
        raise MetadataError(f"{name} holds a character that ComicInfo.xml cannot store.")


def _rank(name: str) -> int:
    return _RANK.get(name, len(_RANK))


def _indent(data: bytes, start: int) -> bytes:
    """The white space before an element."""
    return data[len(data[:start].rstrip()) : start]


def _escaped(value: str) -> bytes:
    return escape(value, {"\r": "&#13;"}).encode()


def _spliced(data: bytes, edits: list[_Edit]) -> bytes:
    parts, position = [], 0
    for start, end, replacement in sorted(edits, key=lambda edit: edit[:2]):
        assert start >= position, "edits overlap"  # noqa: S101
        parts += [data[position:start], replacement]
        position = end
    return b"".join([*parts, data[position:]])
