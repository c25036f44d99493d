"""What tells whether two comics hold the same pages: their sums, and what they look like."""

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low

from library.archives.base import Entry, Inspection, Reader
from library.archives.exceptions import ArchiveError
from library.archives.fingerprints import fingerprint, listed_fingerprint, pages_in_order
from library.archives.images import ImageHead, read_head
from library.archives.opening import inspect, opened_archive

MAX_PAGES = 1000
"""More are not looked at: it is no comic, or a whole series in one file."""


@dataclass(frozen=True, slots=True)
class Looks:
    inspection: Inspection
    fingerprint: str = ""
    """As `library.archives.fingerprints` has it; "" where the sums are not known."""
    hashes: tuple[int, ...] = ()
    """Of the pages in reading order, 0 for one that says nothing; () where none was decoded."""
    width: int = 0
    """With the height: of the middle page by size, in pixels; 0 where the pages were not read."""
    height: int = 0
    problem: str = ""
    """Why not all of it could be read, as a sentence."""


def looks_of(path: Path, *, decoded: bool) -> Looks:
    """From the table of contents alone; `decoded`: from every page too.

    Raises:
        FileChanged: it was changed meanwhile.
        FileProblem: it cannot be read any more.
    """
    inspection = inspect(path)
    if not inspection.is_readable:
        return Looks(inspection, problem=inspection.reason)
    seen = _Seen(decoded=decoded)
    pages: list[Entry] = []
    listed = problem = ""
    try:
        with opened_archive(path, expected=inspection.identity) as reader:
            pages = pages_in_order(reader.entries)[:MAX_PAGES]
            listed = listed_fingerprint(reader.entries)
            if decoded or not listed:
                seen.read(reader, pages)
    except ArchiveError as error:
        problem = str(error)
    if not listed and not problem and len(seen.sums) == len(inspection.pages):
        listed = fingerprint([(seen.sums[page], page.size) for page in pages])
    hashes = tuple(seen.hashes.get(page, 0) for page in pages) if decoded and seen.heads else ()
    return Looks(inspection, listed, hashes, *_middle(seen.heads.values()), problem)


class _Seen:
    def __init__(self, *, decoded: bool) -> None:
        self._decoded = decoded
        self.sums: dict[Entry, int] = {}
        self.hashes: dict[Entry, int] = {}
        self.heads: dict[Entry, ImageHead] = {}

    def read(self, reader: Reader, pages: Collection[Entry]) -> None:
        # Pillow takes a tenth of a second to import, and a look at the list does not need it.
        from library.archives.pagehashing import page_hash

        for entry, data in reader.read(pages):
            head = read_head(data)
            self.sums[entry] = zlib.crc32(data)
            self.heads[entry] = head
            if self._decoded and head.kind:
                self.hashes[entry] = page_hash(data, head.kind)


def _middle(heads: Collection[ImageHead]) -> tuple[int, int]:
    sizes = [(head.width * head.height, head.width, head.height) for head in heads]
    known = [size for size in sizes if size[0]]
    return median_low(known)[1:] if known else (0, 0)
