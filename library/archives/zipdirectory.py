"""A strict reading of ZIP's directory (PKWARE APPNOTE 6.3, sections 4.3 and 4.5.3).

Lenient readers guess where records disagree, and two readers guess differently. Here counts,
sizes, offsets and every local header must agree, or the archive is damaged and never rewritten.
Ranges that no record names are allowed: they hold what earlier rewrites left behind.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from library.archives.base import Tally, check_count, table_too_large
from library.archives.exceptions import DamagedArchive, RefusedArchive
from library.archives.ziprecords import (
    CENTRAL,
    CENTRAL_SIGNATURE,
    END,
    END_SIGNATURE,
    FLAG_DESCRIPTOR,
    FLAG_ENCRYPTED,
    FULL_16,
    FULL_32,
    LOCAL,
    LOCAL_SIGNATURE,
    ZIP64_END,
    ZIP64_END_SIGNATURE,
    ZIP64_EXTRA,
    ZIP64_LOCATOR,
    ZIP64_LOCATOR_SIGNATURE,
    extra_field,
    is_renamed,
)

MAX_COMMENT_BYTES = FULL_16
MAX_DIRECTORY_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Member:
    """One central record and where its bytes lie; offsets count from the file's start."""

    record: bytes
    raw_name: bytes
    name: str
    """As UTF-8 when it is UTF-8 (many tools forget the flag), else as code page 437."""
    flags: int
    method: int
    crc: int
    compressed_size: int
    size: int
    mode: int
    """Unix file mode, 0 when unknown."""
    header_offset: int
    data_offset: int

    @property
    def end(self) -> int:
        """Where the data ends; a data descriptor may follow."""
        return self.data_offset + self.compressed_size


@dataclass(frozen=True, slots=True)
class Directory:
    members: tuple[Member, ...]
    """In the central directory's order."""
    offset: int
    """Where the central directory starts."""
    comment: bytes


@dataclass(frozen=True, slots=True)
class _End:
    entries: int
    size: int
    offset: int
    limit: int
    """Where the end records start, so where the directory must end."""
    comment: bytes


def read_directory(file: int) -> Directory:
    """Read and check the directory of an open ZIP file; the file's position is not used.

    Raises:
        DamagedArchive: records disagree with each other or with the file.
        RefusedArchive: more than the limits allow, or made to be read in two ways.
    """
    end = _read_end(file, os.fstat(file).st_size)
    check_count(end.entries)
    if end.size > MAX_DIRECTORY_BYTES:
        raise table_too_large()
    if end.offset + end.size != end.limit:
        raise DamagedArchive("The archive's table of contents is not where it should be.")
    table = _read(file, end.offset, end.size)
    members = tuple(_members(file, table, end))
    _check_no_overlap(members, end.offset)
    return Directory(members, end.offset, end.comment)


def _read(file: int, offset: int, size: int) -> bytes:
    data = os.pread(file, size, offset)
    if len(data) != size:
        raise DamagedArchive("The archive ends too early.")
    return data


def _read_end(file: int, file_size: int) -> _End:
    tail_offset, tail = _tail(file, file_size)
    position = min(_end_positions(tail), default=None)
    if position is None:
        raise _endless(tail, tail_offset)
    _, disk, first_disk, here, entries, size, offset, _ = END.unpack_from(tail, position)
    comment = tail[position + END.size :]
    if END_SIGNATURE in comment:  # where many programs begin to look for it
        raise RefusedArchive("The archive has two ends; programs would read it differently.")
    limit = tail_offset + position
    locator_offset = limit - ZIP64_LOCATOR.size
    if locator_offset >= 0:
        locator = _read(file, locator_offset, ZIP64_LOCATOR.size)
        if locator.startswith(ZIP64_LOCATOR_SIGNATURE):
            small = (disk, first_disk, here, entries, size, offset)
            return _read_zip64_end(file, locator, locator_offset, small, comment)
    if disk or first_disk or here != entries:
        raise DamagedArchive("The archive is one part of several.")
    return _End(entries, size, offset, limit, comment)


def _endless(tail: bytes, tail_offset: int) -> DamagedArchive:
    """What can be said where no end reaches to the end of the file."""
    for position in _signatures(tail):
        *_, size, offset, comment_size = END.unpack_from(tail, position)
        follows = len(tail) - position - END.size - comment_size
        if follows > 0 and offset + size == tail_offset + position:
            return DamagedArchive("Something follows the archive's end.")
    return DamagedArchive("The archive's end is missing: the file was cut off or is no ZIP file.")


def has_end(file: int) -> bool:
    """Whether the file ends like a ZIP file, whatever its start."""
    _, tail = _tail(file, os.fstat(file).st_size)
    return any(True for _ in _end_positions(tail))


def _tail(file: int, file_size: int) -> tuple[int, bytes]:
    offset = max(0, file_size - END.size - MAX_COMMENT_BYTES)
    return offset, _read(file, offset, file_size - offset)


def _end_positions(tail: bytes) -> Iterator[int]:
    """Every place whose comment reaches exactly to the end of the file."""
    for position in _signatures(tail):
        comment_size = END.unpack_from(tail, position)[-1]
        if position + END.size + comment_size == len(tail):
            yield position


def _signatures(tail: bytes) -> Iterator[int]:
    """Where a whole end record may be; backwards, which is more than twice as fast."""
    position = tail.rfind(END_SIGNATURE, 0, len(tail) - END.size + len(END_SIGNATURE))
    while position >= 0:
        yield position
        position = tail.rfind(END_SIGNATURE, 0, position + len(END_SIGNATURE) - 1)


def _read_zip64_end(
    file: int, locator: bytes, locator_offset: int, small: tuple[int, ...], comment: bytes
) -> _End:
    _, end_disk, end_offset, disks = ZIP64_LOCATOR.unpack(locator)
    if end_disk or disks > 1 or end_offset + ZIP64_END.size > locator_offset:
        raise DamagedArchive("The archive's end records disagree.")
    record = ZIP64_END.unpack(_read(file, end_offset, ZIP64_END.size))
    signature, record_size, _, _, *large = record
    if signature != ZIP64_END_SIGNATURE or end_offset + 12 + record_size != locator_offset:
        raise DamagedArchive("The archive's end records disagree.")
    for old, new, full in zip(small, large, [FULL_16] * 4 + [FULL_32] * 2, strict=True):
        if old not in (new, full):
            raise DamagedArchive("The archive's end records disagree.")
    disk, first_disk, here, entries, size, offset = large
    if disk or first_disk or here != entries:
        raise DamagedArchive("The archive is one part of several.")
    return _End(entries, size, offset, end_offset, comment)


def _members(file: int, table: bytes, end: _End) -> Iterator[Member]:
    position, tally = 0, Tally()
    for _ in range(end.entries):
        if position + CENTRAL.size > len(table):
            raise DamagedArchive("The archive's table of contents is shorter than it says.")
        fields = CENTRAL.unpack_from(table, position)
        length = CENTRAL.size + sum(fields[10:13])
        record = table[position : position + length]
        if fields[0] != CENTRAL_SIGNATURE or len(record) != length:
            raise DamagedArchive("The archive's table of contents is damaged.")
        member = _member(file, record, end.offset)
        tally.name(member.name)
        yield member
        position += length
    if position != len(table):
        raise DamagedArchive("The archive's table of contents is longer than it says.")


def _member(file: int, record: bytes, directory_offset: int) -> Member:
    (
        _, version, _, flags, method, _, _, crc, compressed, size,
        name_size, extra_size, _, disk, _, attributes, offset,
    ) = CENTRAL.unpack_from(record)  # fmt: skip
    raw_name = record[CENTRAL.size : CENTRAL.size + name_size]
    extra = record[CENTRAL.size + name_size :][:extra_size]
    if FULL_32 in (size, compressed, offset) or disk == FULL_16:
        size, compressed, offset, disk = _zip64_values(
            extra, ((size, FULL_32), (compressed, FULL_32), (offset, FULL_32), (disk, FULL_16))
        )
    if disk or offset + LOCAL.size > directory_offset:
        raise DamagedArchive("An entry of the archive lies outside of it.")
    # Most have no larger extra fields here than there, so one read is enough.
    local = _read(file, offset, LOCAL.size + name_size + extra_size)
    header = LOCAL.unpack_from(local)
    local_extra = local[LOCAL.size + name_size :][: header[10]]
    if header[10] > extra_size:
        local_extra = _read(file, offset + LOCAL.size + header[9], header[10])
    _check_local(header, local_extra, flags, method, (crc, compressed, size))
    local_name = local[LOCAL.size : LOCAL.size + name_size]
    names_differ = header[9] != name_size or local_name != raw_name
    if names_differ or is_renamed(raw_name, extra) or is_renamed(raw_name, local_extra):
        raise RefusedArchive("An entry of the archive has two names; programs would read either.")
    made_on_unix = version >> 8 == 3
    return Member(
        record, raw_name, _decoded(raw_name), flags, method, crc, compressed, size,
        mode=attributes >> 16 if made_on_unix else 0,
        header_offset=offset,
        data_offset=offset + LOCAL.size + header[9] + header[10],
    )  # fmt: skip


def _decoded(raw_name: bytes) -> str:
    try:
        return raw_name.decode()
    except UnicodeDecodeError:
        return raw_name.decode("cp437")


def _zip64_values(extra: bytes, fields: tuple[tuple[int, int], ...]) -> Iterator[int]:
    """The fields in zip64's order, those that are full replaced by the extra's wide ones."""
    wide = extra_field(extra, ZIP64_EXTRA)
    position = 0
    for value, full in fields:
        width = 8 if full == FULL_32 else 4
        if value == full and len(wide) >= position + width:
            value = int.from_bytes(wide[position : position + width], "little")
            position += width
        yield value


def _check_local(
    header: tuple[Any, ...], extra: bytes, flags: int, method: int, sums: tuple[int, ...]
) -> None:
    signature, _, local_flags, local_method, _, _, local_crc, compressed, size, _, _ = header
    if signature != LOCAL_SIGNATURE or local_method != method:
        raise DamagedArchive("An entry of the archive does not start where it should.")
    if (local_flags ^ flags) & (FLAG_ENCRYPTED | FLAG_DESCRIPTOR):
        raise DamagedArchive("An entry of the archive is described in two ways.")
    if flags & FLAG_DESCRIPTOR:
        return  # the sums follow the data
    if FULL_32 in (compressed, size):
        size, compressed = _zip64_values(extra, ((size, FULL_32), (compressed, FULL_32)))
    for local, central in zip((local_crc, compressed, size), sums, strict=True):
        if local not in (central, FULL_32):
            raise DamagedArchive("An entry of the archive is described in two ways.")


def _check_no_overlap(members: tuple[Member, ...], limit: int) -> None:
    free_from = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.header_offset < free_from:
            raise RefusedArchive("Entries of the archive overlap.")
        free_from = member.end
    if free_from > limit:
        raise DamagedArchive("An entry of the archive lies outside of it.")
