"""Read and patch ComicInfo.xml.

A patch splices bytes: what it does not touch stays to the letter, line ends, quotes, comments,
unknown elements and all, which no serialised tree can promise.
"""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from library.metadata.document import MAX_BYTES, Document, Element, decode, parse
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
    before = data = text.encode()
    for name in sorted(changes, key=_rank):
        data = _spliced(data, _edits(parse(data), name, (changes[name] or "").strip()))
    if xml is not None and data == before:
        return xml
    patched = data.decode().encode(encoding, "xmlcharrefreplace")
    if len(patched) > MAX_BYTES:
        raise MetadataError("ComicInfo.xml would be larger than 2 MiB.")
    return patched


def _edits(document: Document, name: str, value: str) -> list[_Edit]:
    if _NOT_IN_XML.search(value):
        raise MetadataError(f"{name} holds a character that ComicInfo.xml cannot store.")
    present = document.named(name)
    if not present:
        return [_insertion(document, name, value)] if value else []
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


def _insertion(document: Document, name: str, value: str) -> _Edit:
    if name not in _RANK:
        raise MetadataError(f"{name} is not an element of ComicInfo.")
    data, root = document.data, document.root
    tag = (document.prefix + name).encode()
    new = b"<" + tag + b">" + _escaped(value) + b"</" + tag + b">"
    if root.is_empty_tag:
        return _opened(data, root, b"\n  " + new + b"\n")
    if not document.children:
        line_end = b"" if data[root.content_start : root.content_start + 1].isspace() else b"\n"
        return root.content_start, root.content_start, b"\n  " + new + line_end
    earlier = [
        child for child in document.children if _rank(document.local_name(child)) < _RANK[name]
    ]
    neighbour = earlier[-1] if earlier else document.children[0]
    indent = _indent(data, neighbour.start)
    if earlier:
        return neighbour.end, neighbour.end, indent + new
    return neighbour.start, neighbour.start, new + indent


def _rank(name: str) -> int:
    return _RANK.get(name, len(_RANK))


def _indent(data: bytes, start: int) -> bytes:
    """The white space before an element."""
    return data[len(data[:start].rstrip()) : start]


def _escaped(value: str) -> bytes:
    return escape(value, {"\r": "&#13;"}).encode()


def _spliced(data: bytes, edits: list[_Edit]) -> bytes:
    parts, position = [], 0
    for start, end, replacement in edits:
        parts += [data[position:start], replacement]
        position = end
    return b"".join([*parts, data[position:]])
