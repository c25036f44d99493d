"""The Pages of a ComicInfo.xml (schema 2.0, ComicPageInfo)."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from library.metadata import comicinfo
from library.metadata.document import decode, parse
from library.metadata.tree import read_tree

_PAGE = re.compile(
    rb"""\s*<(?:[\w.-]+:)?Page(?=[\s/>])(?:[^>"']|"[^"]*"|'[^']*')*?"""
    rb"""(?:/>|>\s*</(?:[\w.-]+:)?Page\s*>)"""
)
_IMAGE = re.compile(rb"""(?<=\s)(?P<name>Image\s*=\s*["'])(?P<image>[0-9]{1,5})(?=["'])""")


@dataclass(frozen=True, slots=True)
class PageTags:
    image: int | None
    """The page's place in reading order, from 0; None where that is not said."""
    attributes: dict[str, str] = field(default_factory=dict)
    """All attributes as they stand: Image, Type, DoublePage, ImageSize, Key, Bookmark,
    ImageWidth, ImageHeight, and whatever else is there."""


def read_pages(xml: bytes) -> tuple[PageTags, ...]:
    """Raises: MetadataError."""
    root = read_tree(xml, root="ComicInfo", name="ComicInfo.xml")
    return tuple(
        PageTags(_number(page.attributes.get("Image", "")), page.attributes)
        for page in root.each("Pages", "Page")
    )


def without_pages(xml: bytes, left_out: Collection[int], *, count: int) -> bytes:
    """The document of the same comic without the pages at these places, which has `count` left.

    PageCount and Pages follow where they are there; all else stays to the letter.

    Raises: MetadataError.
    """
    if "PageCount" in comicinfo.read(xml):
        xml = comicinfo.patch(xml, {"PageCount": str(count)})
    text, encoding = decode(xml)
    document = parse(text.encode())
    data = document.data
    for pages in reversed(document.named("Pages")):
        content = data[pages.content_start : pages.content_end]
        if b"<!" not in content:
            content = _PAGE.sub(lambda page: _renumbered(page[0], left_out), content)
            data = data[: pages.content_start] + content + data[pages.content_end :]
    return data.decode().encode(encoding)


def _renumbered(page: bytes, left_out: Collection[int]) -> bytes:
    """Of one Page element with the white space before it; empty where its page is left out."""
    if (found := _IMAGE.search(page)) is None:
        return page
    image = int(found["image"])
    if image in left_out:
        return b""
    place = image - sum(each < image for each in left_out)
    return page[: found.start("image")] + str(place).encode() + page[found.end() :]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
