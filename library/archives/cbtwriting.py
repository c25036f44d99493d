"""The new tags of a plain tar: members are copied to the byte, the new ComicInfo.xml comes last."""

import os
import tarfile
from collections.abc import Sequence

from library.archives.base import choose_comicinfo
from library.archives.cbt import TarReader
from library.archives.contents import contents_of
from library.archives.exceptions import DamagedArchive, UnwritableFormat
from library.archives.filebytes import copy_range, write_all
from library.archives.opening import UNWRITABLE
from library.archives.patching import Span
from library.archives.tarheaders import BLOCK_BYTES, TarMember

_RECORD_BYTES = tarfile.RECORDSIZE
_NAME = "ComicInfo.xml"


class TarRewrite:
    frame = None

    def __init__(self, original: int, comicinfo: bytes) -> None:
        reader = TarReader(original)
        if reader.is_compressed:
            raise UnwritableFormat(UNWRITABLE.format("compressed CBT"))
        contents_of(reader)  # raises where the original is no sound comic
        self._original, self._comicinfo = original, comicinfo
        stale = _comicinfo_members(reader.members)
        self._kept = _ranges_without(stale, reader.members)
        self._offset = sum(stop - start for start, stop in self._kept)
        self._tail = _tail(stale, reader.members, comicinfo, self._offset)

    @property
    def shared(self) -> list[Span]:
        spans, to = [], 0
        for start, stop in self._kept:
            spans.append(Span(start, stop, to))
            to += stop - start
        return spans

    def write(self, new: int) -> None:
        to = 0
        for start, stop in self._kept:
            copy_range(self._original, new, start, stop, to=to)
            to += stop - start
        write_all(new, self._tail, self._offset)

    def read_back(self, new: int) -> None:
        if os.pread(new, len(self._tail) + 1, self._offset) != self._tail:
            raise DamagedArchive("The new file's end did not read back as written.")
        if contents_of(TarReader(new)).comicinfo != self._comicinfo:
            raise DamagedArchive("The new ComicInfo.xml did not read back as written.")


def _comicinfo_members(members: Sequence[TarMember]) -> list[TarMember]:
    files = [member for member in members if member.kind == "file"]
    chosen = choose_comicinfo(member.entry.name for member in files)
    return [m for m in files if chosen and m.entry.name.lower() == chosen.lower()]


def _ranges_without(
    stale: Sequence[TarMember], members: Sequence[TarMember]
) -> list[tuple[int, int]]:
    """What stays: each member with the headers that belong to it, neighbours in one range."""
    ranges, start = [], 0
    for member in stale:
        ranges.append((start, member.start))
        start = member.end
    ranges.append((start, members[-1].end))
    return [(start, stop) for start, stop in ranges if stop > start]


def _tail(
    stale: Sequence[TarMember], members: Sequence[TarMember], comicinfo: bytes, offset: int
) -> bytes:
    """The new member and the zeros that end the archive; the same tags make the same bytes."""
    old = (stale or members)[-1].entry
    info = tarfile.TarInfo(stale[-1].entry.name if stale else _NAME)
    info.size = len(comicinfo)
    info.mtime = int(old.modified.timestamp()) if old.modified else 0
    entry = info.tobuf(tarfile.PAX_FORMAT) + comicinfo
    entry += bytes(-len(entry) % BLOCK_BYTES)
    end = bytes(2 * BLOCK_BYTES)
    return entry + end + bytes(-(offset + len(entry) + len(end)) % _RECORD_BYTES)
