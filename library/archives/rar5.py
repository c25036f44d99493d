"""The headers of RAR 5 (https://www.rarlab.com/technote.htm).

Every header is preceded by its CRC-32 and its size; the data that belongs to it follows.
"""

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from library.archives.base import Entry, Tally, check_window
from library.archives.exceptions import DamagedArchive
from library.archives.rartable import (
    BAD_HEADER,
    CUT_OFF,
    ONE_OF_SEVERAL,
    RarMember,
    RarTable,
    Window,
    add_checked,
    encrypted,
    finished,
)

SIGNATURE = b"Rar!\x1a\x07\x01\x00"
_MAIN, _FILE, _ENCRYPTION, _END = 1, 2, 4, 5
_HAS_EXTRA, _HAS_DATA, _SPLIT = 0x01, 0x02, 0x18
_FOLDER, _HAS_TIME, _HAS_CRC, _SIZE_UNKNOWN = 1, 2, 4, 8
_EXTRA_ENCRYPTION, _EXTRA_HASH, _EXTRA_TIME = 1, 2, 3
_EXTRA_OLD_VERSION, _EXTRA_LINK = 4, 5
_HARD_LINK, _FILE_COPY = 4, 5
_MAX_HEADER_BYTES = 2 * 2**20
_LEAST_WINDOW_BYTES = 128 * 2**10
_1601 = datetime(1601, 1, 1, tzinfo=UTC)
_1970 = datetime(1970, 1, 1, tzinfo=UTC)


class _Fields:
    """A header's fields, taken from the front."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def number(self) -> int:
        """A "vint": seven bits a byte, the lowest first."""
        value = 0
        for shift in range(0, 70, 7):
            byte = self.bytes(1)[0]
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return value
        raise DamagedArchive(BAD_HEADER)

    def bytes(self, size: int) -> bytes:
        taken = self.data[self.position : self.position + size]
        if len(taken) != size:
            raise DamagedArchive(BAD_HEADER)
        self.position += size
        return taken


def read_rar5(file: int) -> RarTable:
    """Raises: ArchiveError."""
    window, position = Window(file), len(SIGNATURE)
    members: list[RarMember] = []
    tally = Tally()
    while position < window.size:
        fields, end = _header(window, position)
        tally.header(end - position)
        kind, flags = fields.number(), fields.number()
        extra_size = fields.number() if flags & _HAS_EXTRA else 0
        packed_size = fields.number() if flags & _HAS_DATA else 0
        if kind == _ENCRYPTION:
            raise encrypted()
        if kind == _MAIN and fields.number() & 1 or kind == _FILE and flags & _SPLIT:
            raise DamagedArchive(ONE_OF_SEVERAL)
        if kind == _END:
            if fields.number() & 1:
                raise DamagedArchive(ONE_OF_SEVERAL)
            return finished(members)
        if kind == _FILE:
            member = _member(fields, extra_size, packed_size, end, len(members))
            tally.name(member.entry.name)
            add_checked(members, member, window)
        position = end + packed_size
    raise DamagedArchive(CUT_OFF)


def _header(window: Window, position: int) -> tuple[_Fields, int]:
    """The fields, and where the header ends."""
    start = window.read(position, min(7, window.size - position))
    sized = _Fields(start[4:])
    size = sized.number()
    if not 2 <= size <= _MAX_HEADER_BYTES:
        raise DamagedArchive(BAD_HEADER)
    length = 4 + sized.position + size
    header = window.read(position, length)
    if zlib.crc32(header[4:]) != int.from_bytes(header[:4], "little"):
        raise DamagedArchive(BAD_HEADER)
    return _Fields(header[4 + sized.position :]), position + length


def _member(
    fields: _Fields, extra_size: int, packed_size: int, data_offset: int, index: int
) -> RarMember:
    flags, size, _ = fields.number(), fields.number(), fields.number()
    modified = None
    if flags & _HAS_TIME:
        modified = _1970 + timedelta(seconds=int.from_bytes(fields.bytes(4), "little"))
    crc = int.from_bytes(fields.bytes(4), "little") if flags & _HAS_CRC else None
    compression, _, name_size = fields.number(), fields.number(), fields.number()
    name = fields.bytes(name_size).decode("utf-8", "replace")
    extras = dict(_extras(fields, extra_size))
    if _EXTRA_ENCRYPTION in extras:
        raise encrypted()
    if flags & _SIZE_UNKNOWN:
        raise DamagedArchive("The archive does not say how large its entries are.")
    is_folder, same_as = bool(flags & _FOLDER), _same_as(extras.get(_EXTRA_LINK))
    is_link = _EXTRA_LINK in extras and not same_as
    if not is_folder:
        check_window(_LEAST_WINDOW_BYTES << (compression >> 10 & 31))
    return RarMember(
        Entry(index, name, size, crc, _exact_time(extras.get(_EXTRA_TIME)) or modified),
        packed_size,
        data_offset,
        is_file=not (is_folder or is_link or _EXTRA_OLD_VERSION in extras),
        is_link=is_link,
        is_stored=not compression >> 7 & 7,
        is_hashed_otherwise=_EXTRA_HASH in extras,
        same_as=same_as,
    )


def _same_as(record: bytes | None) -> str:
    """The entry that another one is a copy of, or a hard link to (section "File system redirection
    record"); "" for what is neither."""
    if record is None:
        return ""
    fields = _Fields(record)
    kind, _ = fields.number(), fields.number()
    name = fields.bytes(fields.number())
    return name.decode("utf-8", "replace") if kind in (_HARD_LINK, _FILE_COPY) else ""


def _extras(fields: _Fields, size: int) -> Iterator[tuple[int, bytes]]:
    extra = _Fields(fields.data[len(fields.data) - size :] if size else b"")
    if size > len(fields.data) - fields.position:
        raise DamagedArchive(BAD_HEADER)
    while extra.position < size:
        record = _Fields(extra.bytes(extra.number()))
        yield record.number(), record.data[record.position :]


def _exact_time(record: bytes | None) -> datetime | None:
    """The time of the last change (section "File time record")."""
    if record is None or len(record) < 5 or not record[0] & 2:
        return None
    if record[0] & 1:
        return _1970 + timedelta(seconds=int.from_bytes(record[1:5], "little"))
    if len(record) < 9:
        return None
    try:
        return _1601 + timedelta(microseconds=int.from_bytes(record[1:9], "little") // 10)
    except OverflowError:
        return None
