"""Build a comic's new file beside the old one; taking its name is `library.replacing`'s part.

Pages are never recompressed: the bytes before the central directory are copied as they are, the
new ComicInfo.xml is appended, and the old central records follow to the letter. The new file
keeps mode, owner and extended attributes as far as the system lets us. It has a modification
time of its own, because readers and backups find changed files by it.
"""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from library.archives.base import MAX_XML_BYTES
from library.archives.cbz import (
    check_limits,
    comicinfo_members,
    read_contents,
)
from library.archives.exceptions import DamagedArchive, RefusedArchive
from library.archives.zipdirectory import Directory, Member, read_directory
from library.archives.ziprecords import (
    FLAG_DESCRIPTOR,
    FLAG_UTF8,
    LOCAL,
    end_records,
    new_entry,
)
from library.exceptions import FileChanged
from library.files import FileIdentity, opened_folder, opened_for_reading, plain_errors

_CHUNK_BYTES = 2**20
_NAME = b"ComicInfo.xml"


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A finished temporary file in the comic's folder, synced to the disk and read back."""

    name: str
    identity: FileIdentity


@dataclass(frozen=True, slots=True)
class _Layout:
    """What the new file takes from the old one and what follows."""

    copied: int
    """The old file's first bytes stay as they are ..."""
    renamed: tuple[tuple[int, bytes], ...]
    """... but for the local names of ComicInfo.xml members that no longer count."""
    entry: bytes
    directory: bytes


def temporary_name() -> str:
    """Hidden, so that no scan takes it for a comic; the token tells our files from others'."""
    return f".cm-{secrets.token_hex(8)}.tmp"


def rewrite(path: Path, comicinfo: bytes, *, expected: FileIdentity) -> BuiltFile:
    """Build the comic anew with this ComicInfo.xml; the original is only read.

    On any error the temporary file is removed again.

    Raises:
        ArchiveError: the original is not sound, or the new file did not read back as meant.
        FileChanged: the original is not the expected file.
        FileProblem: no permission, no room and the like.
    """
    if len(comicinfo) > MAX_XML_BYTES:
        raise RefusedArchive("ComicInfo.xml would be larger than 2 MiB.")
    with (
        plain_errors(),
        opened_folder(path.parent) as folder,
        opened_for_reading(path.name, folder=folder) as original,
    ):
        status = os.fstat(original)
        if FileIdentity.of(status) != expected:
            raise FileChanged
        layout = _plan_layout(original, comicinfo)
        name = temporary_name()
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        new = os.open(name, flags, 0o600, dir_fd=folder)
        try:
            _write(original, new, layout)
            _copy_attributes(original, new, status)
            os.fsync(new)
            _read_back(original, new, layout, comicinfo)
            if FileIdentity.of(os.fstat(original)) != expected:
                raise FileChanged
            return BuiltFile(name, FileIdentity.of(os.fstat(new)))
        except BaseException:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
            raise
        finally:
            os.close(new)


def _plan_layout(original: int, comicinfo: bytes) -> _Layout:
    directory = read_directory(original)
    check_limits(directory)
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
    _copy(original, new, layout.copied)
    for offset, name in layout.renamed:
        _write_all(new, name, offset)
    _write_all(new, layout.entry + layout.directory, layout.copied)


def _copy(source: int, target: int, size: int) -> None:
    """Copy the first bytes inside the kernel, which shares the blocks where it can."""
    done = 0
    copy_file_range = getattr(os, "copy_file_range", None)
    while copy_file_range and done < size:
        try:
            copied = copy_file_range(source, target, size - done, done, done)
        except OSError:
            break  # many file systems cannot; a real error shows again below
        if not copied:
            break
        done += copied
    for offset, chunk in _chunks(source, done, size):
        _write_all(target, chunk, offset)


def _chunks(file: int, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    while start < stop:
        chunk = os.pread(file, min(_CHUNK_BYTES, stop - start), start)
        if not chunk:
            raise FileChanged
        yield start, chunk
        start += len(chunk)


def _write_all(file: int, data: bytes, offset: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(file, rest, offset)
        rest = rest[written:]
        offset += written


def _copy_attributes(original: int, new: int, status: os.stat_result) -> None:
    """Each as far as the system lets us: only root gives files away, some shares fix the mode."""
    with suppress(OSError):
        os.fchown(new, -1, status.st_gid)
    with suppress(OSError):
        os.fchown(new, status.st_uid, -1)
    with suppress(OSError):
        os.fchmod(new, status.st_mode & 0o7777)
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for attribute in os.listxattr(original):
                with suppress(OSError):
                    os.setxattr(new, attribute, os.getxattr(original, attribute))


def _read_back(original: int, new: int, layout: _Layout, comicinfo: bytes) -> None:
    """Prove the new file before anything can rely on it.

    The old records lead to the same offsets, so equal bytes there are equal pages; the strict
    parser reads the whole anew.
    """
    tail = layout.entry + layout.directory
    if os.pread(new, len(tail) + 1, layout.copied) != tail:
        raise DamagedArchive("The new file's table of contents did not read back as written.")
    if read_contents(new).comicinfo != comicinfo:
        raise DamagedArchive("The new ComicInfo.xml did not read back as written.")
    for start, stop in _unchanged_ranges(layout.copied, layout.renamed):
        _compare(original, new, start, stop)


def _unchanged_ranges(stop: int, renamed: Sequence[tuple[int, bytes]]) -> Iterator[tuple[int, int]]:
    start = 0
    for offset, name in sorted(renamed):
        yield start, offset
        start = offset + len(name)
    yield start, stop


def _compare(original: int, new: int, start: int, stop: int) -> None:
    for offset, chunk in _chunks(original, start, stop):
        if os.pread(new, len(chunk), offset) != chunk:
            raise DamagedArchive("The new file's pages did not read back as they were copied.")
