"""Show a comic's pages: small, or as they are. Called for requests, not by jobs; writes nothing."""

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from library.archives.base import MAX_XML_BYTES, Entry, Reader, choose_named
from library.archives.exceptions import ArchiveError, NoPicture
from library.archives.fingerprints import pages_in_order
from library.archives.images import ImageKind
from library.archives.opening import reader_of
from library.archives.thumbnails import checked_head, thumbnail
from library.files import FileIdentity, opened_beneath, opened_for_reading, plain_errors
from library.metadata.exceptions import MetadataError
from library.metadata.pagetags import read_pages

COVER = -1
"""In place of a page's number: the page that ComicInfo.xml calls the front cover, or the first."""
MAX_PAGE_BYTES = 64 * 2**20
LARGEST_WIDTH = 2000
_TYPES: dict[ImageKind, str] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
}
"""What browsers show by themselves, and nothing that could hold a script."""


@dataclass(frozen=True, slots=True)
class Page:
    data: bytes
    media_type: str
    """By its content."""
    size: int
    """With the next: which file it is from."""
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Thumbnails:
    pictures: Mapping[int, bytes | str]
    """By the page's number: a WebP image, or the reason why there is none."""
    size: int
    mtime_ns: int


def thumbnails(data: Mapping[str, Any], numbers: Collection[int], width: int) -> Thumbnails:
    """Of the pages with these numbers, the first being 1, or of COVER; those that there are not are
    left out.

    `data`: `root`, `folder` (relative to it) and `name` of the comic.

    Raises:
        ComicError: there is no page to be had.
    """
    with opened(data) as (file, reader):
        wanted = _chosen(reader, numbers)
        pictures = {n: _small(page, width) for n, page in _read(reader, wanted)}
    return Thumbnails(pictures, file.size, file.mtime_ns)


def page(data: Mapping[str, Any], number: int) -> Page:
    """As it is in the file, where a browser can show it; else as large as it may be.

    `data` as for `thumbnails`. Raises: ComicError.
    """
    with opened(data) as (file, reader):
        wanted = _chosen(reader, [number])
        if not wanted:
            raise NoPicture("There is no such page.")
        if next(iter(wanted)).size > MAX_PAGE_BYTES:
            raise NoPicture("The page is too large to be shown.")
        ((_number, content),) = _read(reader, wanted)
        kind = checked_head(content).kind
        if kind not in _TYPES:
            content, kind = thumbnail(content, LARGEST_WIDTH), "webp"
    return Page(content, _TYPES[kind], file.size, file.mtime_ns)


@contextmanager
def opened(data: Mapping[str, Any]) -> Iterator[tuple[FileIdentity, Reader]]:
    """`data` as for `thumbnails`. No part of the way from the library's root may be a link.

    Raises: ComicError.
    """
    with (
        plain_errors(),
        opened_beneath(data["root"], data["folder"]) as folder,
        opened_for_reading(data["name"], folder=folder) as file,
        reader_of(file) as reader,
    ):
        yield FileIdentity.of(os.fstat(file)), reader


def _chosen(reader: Reader, numbers: Collection[int]) -> dict[Entry, int]:
    pages = pages_in_order(reader.entries)
    places = {n: _front_cover(reader, len(pages)) if n == COVER else n for n in numbers}
    return {pages[place - 1]: n for n, place in places.items() if 0 < place <= len(pages)}


def _front_cover(reader: Reader, pages: int) -> int:
    """The number of the page."""
    name = choose_named((entry.name for entry in reader.entries), "comicinfo.xml")
    same = [e for e in reader.entries if e.name == name and e.size <= MAX_XML_BYTES]
    try:
        xml = b"".join(data for _entry, data in reader.read(same[-1:]))
        marked = read_pages(xml) if b"FrontCover" in xml else ()
    except (ArchiveError, MetadataError):
        return 1
    images = (page.image for page in marked if page.attributes.get("Type") == "FrontCover")
    return next((image for image in images if image is not None and image < pages), 0) + 1


def _read(reader: Reader, wanted: Mapping[Entry, int]) -> Iterator[tuple[int, bytes]]:
    for entry, content in reader.read(list(wanted)):
        yield wanted[entry], content
        del content  # before the next one is unpacked


def _small(content: bytes, width: int) -> bytes | str:
    try:
        return thumbnail(content, width)
    except NoPicture as error:
        return str(error)
