"""Any readable archive as a new .cbz: every file's bytes as they are, stored, with their dates.

Stored, because images do not get smaller: the same archive makes the same bytes, and reading
a page stays a plain read.
"""

import hashlib
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

from library.archives.base import Entry
from library.archives.building import build
from library.archives.cbz import ZipReader
from library.archives.constructions import BuiltFile, Construction, Workplace
from library.archives.contents import contents_of
from library.archives.exceptions import DamagedArchive, RefusedArchive
from library.archives.filebytes import write_all
from library.archives.opening import open_reader
from library.archives.ziprecords import FULL_16, end_records, stored_entry
from library.files import FileIdentity


def convert(path: Path, *, expected: FileIdentity, place: Workplace | None = None) -> BuiltFile:
    """Build a .cbz with the comic's files beside it; the original is only read.

    On any error the temporary file is removed again.

    Raises:
        ArchiveError: the original is not sound, or the new file did not read back as meant.
        FileChanged: the original is not the expected file.
        FileProblem: no permission, no room and the like.
    """
    return build(conversion(path, expected=expected, place=place))


def conversion(
    path: Path,
    *,
    expected: FileIdentity,
    place: Workplace | None = None,
    without: Collection[str] = (),
    comicinfo: bytes | None = None,
) -> Construction:
    """What `convert` builds, to be built together with others; nothing is opened yet.

    `without`: names of files that are left out. `comicinfo`: what takes the place of the present
    ComicInfo.xml; None where it stays.
    """
    plan = partial(_Conversion, without=frozenset(without), comicinfo=comicinfo)
    return Construction(path, plan, expected, place, keeps_times=True)


class _Conversion:
    shared = ()
    frame = None

    def __init__(self, original: int, *, without: Collection[str], comicinfo: bytes | None) -> None:
        self._reader = open_reader(original)
        self._contents = contents_of(self._reader)
        self._digests: list[tuple[str, bytes]] = []
        entries: Sequence[Entry] = self._reader.entries
        self._entries = [entry for entry in entries if entry.name not in without]
        self._pages = tuple(name for name in self._contents.pages if name not in without)
        self._comicinfo = comicinfo or self._contents.comicinfo

    def write(self, new: int) -> None:
        offset, records = 0, []
        for entry, original in self._reader.read(self._entries):
            data = self._new_bytes(entry, original)
            self._digests.append((entry.name, hashlib.sha256(data).digest()))
            local, record = stored_entry(
                _raw(entry.name), data, modified=entry.modified, offset=offset
            )
            write_all(new, local, offset)
            write_all(new, data, offset + len(local))
            offset += len(local) + len(data)
            records.append(record)
        directory = b"".join(records)
        end = end_records(len(records), len(directory), offset, self._comment())
        write_all(new, directory + end, offset)

    def read_back(self, new: int) -> None:
        """Every file's digest, and what a comic's readers would see, from the new file alone."""
        if len(self._digests) != len(self._entries):
            raise DamagedArchive("Not every file of the archive could be read.")
        reader = ZipReader(new)
        read = [(e.name, hashlib.sha256(data).digest()) for e, data in reader.read(reader.entries)]
        if read != self._digests:
            raise DamagedArchive("The new file's pages did not read back as they were.")
        contents = contents_of(reader)
        if (contents.pages, contents.comicinfo) != (self._pages, self._comicinfo):
            raise DamagedArchive("The new file did not read back as the same comic.")

    def _new_bytes(self, entry: Entry, data: bytes) -> bytes:
        is_comicinfo = entry.name.lower().endswith("comicinfo.xml")
        if is_comicinfo and data == self._contents.comicinfo and self._comicinfo:
            return self._comicinfo
        return data

    def _comment(self) -> bytes:
        return self._reader.comment[:FULL_16]


def _raw(name: str) -> bytes:
    raw = name.encode("utf-8", "replace")
    if len(raw) > FULL_16:
        raise RefusedArchive("The archive holds an overlong name.")
    return raw
