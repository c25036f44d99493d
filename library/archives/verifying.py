"""Read a comic through and say what is wrong with it."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from library.archives.base import Entry, Inspection, Reader, is_page
from library.archives.exceptions import ArchiveError
from library.archives.fingerprints import fingerprint, listed_fingerprint, pages_in_order
from library.archives.images import ImageKind, read_head
from library.archives.opening import PageInfo, inspect, opened_archive
from library.archives.pagejudging import (
    TOO_COSTLY,
    TOO_LARGE,
    UNDECODABLE,
    Findings,
    Problem,
    problem_of,
)

Depth = Literal["container", "checksums", "pages"]
"""The table of contents alone; every byte, its sums and each image's head and end; and every page
decoded, too."""
DEPTHS: tuple[Depth, ...] = ("container", "checksums", "pages")


@dataclass(frozen=True, slots=True)
class Verification:
    inspection: Inspection
    """With the verdict and reason that this depth gave."""
    pages: tuple[PageInfo, ...] = ()
    """Those that could be read, in the order in which they lie in the archive."""
    fingerprint: str = ""
    """Of the pages; "" where not all could be read, or their sums are not known."""


def verify(path: Path, depth: Depth = "checksums") -> Verification:
    """
    Raises:
        FileChanged: it was changed meanwhile.
        FileProblem: it cannot be read any more.
    """
    inspection = inspect(path)
    if not inspection.is_readable:
        return Verification(inspection)
    findings = Findings()
    read: dict[Entry, PageInfo] = {}
    try:
        with opened_archive(path, expected=inspection.identity) as reader:
            findings.look_at_list(pages_in_order(reader.entries))
            if depth == "container":
                listed = listed_fingerprint(reader.entries)
                return Verification(findings.judged(inspection), fingerprint=listed)
            for entry, page in _read(reader, findings, depth):
                read[entry] = page
    except ArchiveError as error:
        inspection = replace(inspection, verdict=error.verdict, reason=str(error))
        return Verification(inspection, tuple(read.values()))
    sums = [(read[entry].crc, entry.size) for entry in pages_in_order(read)]
    return Verification(findings.judged(inspection), tuple(read.values()), fingerprint(sums))


def _read(reader: Reader, findings: Findings, depth: Depth) -> Iterator[tuple[Entry, PageInfo]]:
    """Every file is read for the sake of its sum; the pages are given."""
    for entry, data in reader.read(reader.entries):
        if is_page(entry.name):
            yield entry, _judged(entry, data, findings, depth)
        del data  # before the next one is unpacked


def _judged(entry: Entry, data: bytes, findings: Findings, depth: Depth) -> PageInfo:
    head = read_head(data)
    problem = problem_of(entry.name, data, head)
    if depth == "pages" and head.kind and (problem is None or problem[0] == "warn"):
        problem = _problem_of_decoding(data, head.kind) or problem
    if problem:
        findings.add(problem, entry.name)
    crc = zlib.crc32(data) if entry.crc is None else entry.crc
    return PageInfo(entry.name, entry.size, crc, head.kind, head.width, head.height)


def _problem_of_decoding(data: bytes, kind: ImageKind) -> Problem | None:
    # Pillow takes a tenth of a second to import, and only this depth needs it.
    from library.archives.decodingcosts import TooCostly
    from library.archives.pagedecoding import TooManyPixels, decodes

    try:
        return None if decodes(data, kind) else UNDECODABLE
    except TooManyPixels:
        return TOO_LARGE
    except TooCostly:
        return TOO_COSTLY
