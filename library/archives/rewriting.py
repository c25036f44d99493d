"""Build a comic's new file with other tags beside the old one.

In a .cbz pages are never recompressed: the bytes before the central directory are copied as they
are, the new ComicInfo.xml is appended, and the old central records follow to the letter. The new
file has a modification time of its own, because readers and backups find changed files by it.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from library.archives.base import MAX_XML_BYTES, is_page
from library.archives.building import build
from library.archives.cbtwriting import TarRewrite
from library.archives.cbz import (
    check_limits,
    comicinfo_members,
    read_comicinfo,
)
from library.archives.constructions import Builder, BuiltFile, Construction, Workplace
from library.archives.contents import NO_PAGES
from library.archives.exceptions import (
    DamagedArchive,
    NotAComic,
    RefusedArchive,
    UnwritableFormat,
)
from library.archives.filebytes import copy_range, write_all
from library.archives.opening import UNWRITABLE, container_of
from library.archives.patching import Span
from library.archives.proving import frame_of
from library.archives.zipdirectory import Directory, Member, read_directory
from library.archives.ziprecords import (
    FLAG_DESCRIPTOR,
    FLAG_UTF8,
    LOCAL,
    end_records,
    new_entry,
)
from library.files import FileIdentity

_NAME = b"ComicInfo.xml"


@dataclass(frozen=True, slots=True)
class _Layout:
    """What the new file takes from the old one and what follows."""

    copied: int
    """The old file's first bytes stay as they are ..."""
    renamed: tuple[tuple[int, bytes], ...]
    """... but for the local names of ComicInfo.xml members that no longer count."""
    entry: bytes
    directory: bytes


def rewrite(
    path: Path, comicinfo: bytes, *, expected: FileIdentity, place: Workplace | None = None
) -> BuiltFile:
    """Build the comic anew with this ComicInfo.xml; the original is only read.

    On any error the temporary file is removed again.

    Raises:
        ArchiveError: the original is not sound or takes no tags, or the new file did not read
            back as meant.
        FileChanged: the original is not the expected file.
        FileProblem: no permission, no room and the like.
    """
    return build(rewritten(path, comicinfo, expected=expected, place=place))


def rewritten(
    path: Path, comicinfo: bytes, *, expected: FileIdentity, place: Workplace | None = None
) -> Construction:
    """The same, to be built with others."""
    return Construction(path, partial(_planned, comicinfo=comicinfo), expected, place)


def _planned(original: int, comicinfo: bytes) -> Builder:
    if len(comicinfo) > MAX_XML_BYTES:
        raise RefusedArchive("ComicInfo.xml would be larger than 2 MiB.")
    container = container_of(original)
    if container == "cbz":
        return _ZipRewrite(original, comicinfo)
    if container == "cbt":
        return TarRewrite(original, comicinfo)
    raise UnwritableFormat(UNWRITABLE.format(container.upper()))


class _ZipRewrite:
    def __init__(self, original: int, comicinfo: bytes) -> None:
        self._original, self._comicinfo = original, comicinfo
        directory = read_directory(original)
        check_limits(directory)
        if not any(is_page(member.name) for member in directory.members):
            raise NotAComic(NO_PAGES)
        self._layout = _plan_layout(directory, comicinfo)
        self.shared = tuple(_unchanged_spans(self._layout.copied, self._layout.renamed))
        self.frame = frame_of(original, directory)

    def write(self, new: int) -> None:
        _write(self._original, new, self._layout)

    def read_back(self, new: int) -> None:
        _read_back(new, self._layout, self._comicinfo)


def _plan_layout(directory: Directory, comicinfo: bytes) -> _Layout:
    stale = comicinfo_members(directory)
    kept = tuple(member for member in directory.members if member not in stale)
    copied = directory.offset
    if stale and _is_last(stale[-1], directory):
        copied = stale[-1].header_offset
    renamed = tuple(
        (member.header_offset + LOCAL.size, b".removed".ljust(len(member.raw_name), b"-"))
        for member in stale
        if member.header_offset < copied
    )
    raw_name, utf8 = (stale[-1].raw_name, stale[-1].flags & FLAG_UTF8) if stale else (_NAME, 0)
    entry, record = new_entry(raw_name, comicinfo, flags=utf8, offset=copied)
    records = b"".join([*(member.record for member in kept), record])
    offset = copied + len(entry)
    end = end_records(len(kept) + 1, len(records), offset, directory.comment)
    return _Layout(copied, renamed, entry, records + end)


def _is_last(member: Member, directory: Directory) -> bool:
    """Nothing but the directory follows: leaving it out keeps repeated edits from adding up."""
    return member.end == directory.offset and not member.flags & FLAG_DESCRIPTOR


def _write(original: int, new: int, layout: _Layout) -> None:
    copy_range(original, new, 0, layout.copied, to=0)
    for offset, name in layout.renamed:
        write_all(new, name, offset)
    write_all(new, layout.entry + layout.directory, layout.copied)


def _read_back(new: int, layout: _Layout, comicinfo: bytes) -> None:
    """Prove the new file before anything can rely on it.

    The old records lead to the same offsets, so equal bytes there are equal pages; the strict
    parser reads the whole anew.
    """
    tail = layout.entry + layout.directory
    if os.pread(new, len(tail) + 1, layout.copied) != tail:
        raise DamagedArchive("The new file's table of contents did not read back as written.")
    if read_comicinfo(new) != comicinfo:
        raise DamagedArchive("The new ComicInfo.xml did not read back as written.")


def _unchanged_spans(stop: int, renamed: Sequence[tuple[int, bytes]]) -> Iterator[Span]:
    start = 0
    for offset, name in sorted(renamed):
        yield Span(start, offset, start)
        start = offset + len(name)
    yield Span(start, stop, start)
