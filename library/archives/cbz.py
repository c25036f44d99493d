import stat
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from os import pread

from library.archives.base import (
    Entry,
    check_ratio,
    check_size,
    check_total,
    choose_comicinfo,
)
from library.archives.decoding import (
    CHUNK_BYTES,
    DECODING_ERRORS,
    can_unpack,
    collected,
    zip_decoder,
)
from library.archives.exceptions import (
    ArchiveError,
    DamagedArchive,
    EncryptedArchive,
)
from library.archives.zipdirectory import Directory, Member, read_directory
from library.archives.ziprecords import DEFLATE64, FLAG_ENCRYPTED, STORED

_AES = 99
_DEFLATE64_STEP_BYTES = 2**9
"""They may become 16 MiB."""


class ZipReader:
    """A .cbz whose directory is sound and within the limits."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._directory = read_directory(file)
        check_limits(self._directory)
        self._members = {
            index: member
            for index, member in enumerate(self._directory.members)
            if _is_file(member)
        }
        self.entries = tuple(
            Entry(index, member.name, member.size, member.crc)
            for index, member in self._members.items()
        )
        self.comment = self._directory.comment

    @property
    def remark(self) -> str:
        kinds = {stat.S_IFMT(member.mode) for member in self._directory.members}
        if stat.S_IFLNK in kinds:
            return "It holds links, which were left out."
        if kinds - {0, stat.S_IFREG, stat.S_IFDIR}:
            return "It holds devices, which were left out."
        methods = {member.method for member in self._members.values()} - {STORED}
        if not all(map(can_unpack, methods)):
            return "It holds files that are compressed in a way that cannot be read."
        return ""

    def read(self, wanted: Collection[Entry]) -> Iterator[tuple[Entry, bytes]]:
        indexes = {entry.index for entry in wanted}
        for entry in self.entries:
            if entry.index in indexes:
                yield entry, _bytes_of(self._file, self._members[entry.index])


def read_comicinfo(file: int) -> bytes | None:
    """An open .cbz's tags. Raises ArchiveError."""
    directory = read_directory(file)
    check_limits(directory)
    members = comicinfo_members(directory)
    return _bytes_of(file, members[-1]) if members else None


def comicinfo_members(directory: Directory) -> tuple[Member, ...]:
    """Every member under the name of the comic's ComicInfo.xml; the last one counts."""
    chosen = choose_comicinfo(member.name for member in directory.members)
    if chosen is None:
        return ()
    return tuple(m for m in directory.members if m.name.lower() == chosen.lower())


def check_limits(directory: Directory) -> None:
    total = packed_total = 0
    for member in directory.members:
        if member.flags & FLAG_ENCRYPTED or member.method == _AES:
            raise EncryptedArchive("The archive is protected by a password.")
        if member.method == STORED and member.compressed_size != member.size:
            raise DamagedArchive("An entry of the archive is described in two ways.")
        check_size(member.size)
        check_ratio(member.size, member.compressed_size)
        total += member.size
        packed_total += member.compressed_size
    check_total(total, packed_total)


def check_sums(file: int, directory: Directory) -> None:
    """Whether all members hold what their sums say, without holding any of them in memory.

    Raises:
        ArchiveError: one of its kinds, with the name of the first that does not.
    """
    for member in directory.members:
        size = crc = 0
        with _named_errors(member):
            for piece in _unpacked(file, member):
                size, crc = size + len(piece), zlib.crc32(piece, crc)
                if size > member.size:
                    break
        if (size, crc) != (member.size, member.crc):
            raise _damaged(member)


def _bytes_of(file: int, member: Member) -> bytes:
    with _named_errors(member):
        data = collected(_unpacked(file, member), member.size)
    if len(data) != member.size or zlib.crc32(data) != member.crc:
        raise _damaged(member)
    return data


@contextmanager
def _named_errors(member: Member) -> Iterator[None]:
    try:
        yield
    except (*DECODING_ERRORS, DamagedArchive) as error:
        raise _damaged(member) from error
    except ArchiveError as error:
        raise type(error)(f"{_shown(member)}: {error}") from error


def _unpacked(file: int, member: Member) -> Iterator[bytes]:
    """In small pieces, however little they are packed in."""
    decoder = None if member.method == STORED else zip_decoder(member.method)
    step = _DEFLATE64_STEP_BYTES if member.method == DEFLATE64 else CHUNK_BYTES
    for offset in range(member.data_offset, member.end, step):
        data = pread(file, min(step, member.end - offset), offset)
        if decoder is None:
            yield data
            continue
        while not decoder.eof and (piece := decoder.decompress(data, CHUNK_BYTES)):
            yield piece
            data = b""


def _damaged(member: Member) -> DamagedArchive:
    return DamagedArchive(f"{_shown(member)} in the archive is damaged.")


def _shown(member: Member) -> str:
    """The last part of its name, without what would garble a log."""
    return "".join(c if c.isprintable() else "?" for c in member.name.split("/")[-1])[:80]


def _is_file(member: Member) -> bool:
    if member.name.endswith("/"):
        return False
    return stat.S_IFMT(member.mode) in (0, stat.S_IFREG)
