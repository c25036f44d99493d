"""The headers of RAR 1.5 to 4 ("RAR archive format", technote.txt of WinRAR 4).

Blocks follow each other; each says its own size and that of the data after it.
"""

import struct
import zlib
from collections.abc import Iterator
from datetime import datetime

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

SIGNATURE = b"Rar!\x1a\x07\x00"
_BLOCK = struct.Struct("<HBHH")
_FILE = struct.Struct("<IIBIIBBHI")
_MAIN, _FILE_TYPE, _END = 0x73, 0x74, 0x7B
_MARK_TYPES = range(0x72, 0x80)
_HAS_DATA = 0x8000
_MAIN_VOLUME, _MAIN_COMMENT, _MAIN_ENCRYPTED = 0x01, 0x02, 0x80
_SPLIT, _ENCRYPTED, _COMMENT, _FOLDER, _LARGE, _UNICODE = 0x03, 0x04, 0x08, 0xE0, 0x100, 0x200
_OLD_VERSION = 0x800
_METHOD_STORED = 0x30
_ALWAYS_ENDS_FROM_VERSION = 29
_UNIX, _LINK_MODE, _MODE_KIND = 3, 0o120000, 0o170000


def read_rar4(file: int) -> RarTable:
    """Raises: ArchiveError."""
    window, position = Window(file), len(SIGNATURE)
    members: list[RarMember] = []
    tally = Tally()
    needs_end = False
    while position < window.size:
        crc, kind, flags, size = _BLOCK.unpack(window.read(position, _BLOCK.size))
        if size < _BLOCK.size or kind not in _MARK_TYPES:
            raise DamagedArchive(BAD_HEADER)
        tally.header(size)
        header = window.read(position, size)
        _check_sum(header, crc, kind, flags)
        if kind == _MAIN:
            _check_main(flags)
        elif kind == _END:
            return finished(members)
        packed_size = _packed_size(header, kind, flags)
        if kind == _FILE_TYPE:
            member = _member(header, flags, len(members), position)
            tally.name(member.entry.name)
            add_checked(members, member, window)
            needs_end = needs_end or header[_BLOCK.size + 17] >= _ALWAYS_ENDS_FROM_VERSION
        position += size + packed_size
    if needs_end or position > window.size or not members:
        raise DamagedArchive(CUT_OFF)
    return finished(members)


def _check_sum(header: bytes, crc: int, kind: int, flags: int) -> None:
    # Comments of RAR 2 lie within the header, beyond the sum.
    has_old_comment = (kind == _MAIN and flags & _MAIN_COMMENT) or (
        kind == _FILE_TYPE and flags & _COMMENT
    )
    is_summed = kind in (_MAIN, _FILE_TYPE) and not has_old_comment
    if is_summed and zlib.crc32(header[2:]) & 0xFFFF != crc:
        raise DamagedArchive(BAD_HEADER)


def _check_main(flags: int) -> None:
    if flags & _MAIN_ENCRYPTED:
        raise encrypted()
    if flags & _MAIN_VOLUME:
        raise DamagedArchive(ONE_OF_SEVERAL)


def _packed_size(header: bytes, kind: int, flags: int) -> int:
    if kind == _MAIN or not (flags & _HAS_DATA or kind == _FILE_TYPE):
        return 0
    if len(header) < _BLOCK.size + 4:
        raise DamagedArchive(BAD_HEADER)
    size = int.from_bytes(header[7:11], "little")
    if kind in (_FILE_TYPE, 0x7A) and flags & _LARGE and len(header) >= 36:
        size |= int.from_bytes(header[32:36], "little") << 32
    return size


def _member(header: bytes, flags: int, index: int, position: int) -> RarMember:
    fixed_end = _BLOCK.size + _FILE.size
    if len(header) < fixed_end + (8 if flags & _LARGE else 0):
        raise DamagedArchive(BAD_HEADER)
    packed, size, system, crc, time, _, method, name_size, mode = _FILE.unpack_from(
        header, _BLOCK.size
    )
    if flags & _ENCRYPTED:
        raise encrypted()
    if flags & _SPLIT:
        raise DamagedArchive(ONE_OF_SEVERAL)
    if flags & _LARGE:
        high_packed, high_size = struct.unpack_from("<2I", header, fixed_end)
        packed, size = packed | high_packed << 32, size | high_size << 32
        fixed_end += 8
    raw_name = header[fixed_end : fixed_end + name_size]
    is_folder = flags & _FOLDER == _FOLDER
    if not is_folder:
        check_window(2**16 << ((flags & _FOLDER) >> 5))
    is_link = system == _UNIX and mode & _MODE_KIND == _LINK_MODE
    name = _name(raw_name, flags)
    return RarMember(
        Entry(index, name, size, crc, _modified(time)),
        packed,
        position + len(header),
        is_file=not (is_folder or is_link or flags & _OLD_VERSION),
        is_link=is_link,
        is_stored=method == _METHOD_STORED,
    )


def _name(raw: bytes, flags: int) -> str:
    plain, _, packed = raw.partition(b"\0")
    if flags & _UNICODE and packed:
        return _unpacked_name(plain, packed).replace("\\", "/")
    try:
        name = plain.decode()
    except UnicodeDecodeError:
        name = plain.decode("cp437")
    return name.replace("\\", "/")


def _unpacked_name(plain: bytes, packed: bytes) -> str:
    """UTF-16 packed as differences to the plain name: two bits say how each unit is given."""
    units: list[int] = []
    stream = iter(packed)
    high = next(stream, 0)
    flags = left = 0
    try:
        while True:
            if not left:
                flags, left = next(stream), 4
            left -= 1
            kind = flags >> 2 * left & 3
            if kind == 0:
                units.append(next(stream))
            elif kind == 1:
                units.append(next(stream) | high << 8)
            elif kind == 2:
                low = next(stream)
                units.append(low | next(stream) << 8)
            else:
                units += _copied_units(next(stream), stream, plain, len(units), high)
    except StopIteration:
        pass
    return struct.pack(f"<{len(units)}H", *units).decode("utf-16-le", "replace")


def _copied_units(run: int, stream: Iterator[int], plain: bytes, at: int, high: int) -> list[int]:
    correction = next(stream) if run & 0x80 else None
    source = plain[at : at + (run & 0x7F) + 2]
    if correction is None:
        return list(source)
    return [(byte + correction & 0xFF) | high << 8 for byte in source]


def _modified(time: int) -> datetime | None:
    date = time >> 16
    try:
        return datetime(
            1980 + (date >> 9), date >> 5 & 15, date & 31,
            time >> 11 & 31, time >> 5 & 63, (time & 31) * 2,
        )  # fmt: skip
    except ValueError:
        return None
