"""7z's table of contents, read strictly and within limits ("7zFormat.txt" of the 7-Zip SDK).

py7zr reads it too, but believes what it says: a header of 60 bytes may promise 2^60 files.
"""

import lzma
import struct
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from library.archives.base import (
    MAX_TABLE_BYTES,
    Entry,
    Tally,
    check_size,
    check_total,
    table_too_large,
)
from library.archives.exceptions import (
    DamagedArchive,
)
from library.archives.rartable import BAD_HEADER, CUT_OFF, Window
from library.archives.sevenzipstreams import (
    END,
    Fields,
    Streams,
    check_coders,
    read_streams,
    unpacked,
)

SIGNATURE = b"7z\xbc\xaf\x27\x1c"
_START = struct.Struct("<6s2BIQQI")
_HEADER, _MAIN_STREAMS, _FILES = 1, 4, 5
_EMPTY_STREAM, _EMPTY_FILE, _NAMES, _MODIFIED, _ATTRIBUTES, _ENCODED = 14, 15, 17, 20, 21, 23
_ANTI, _ARCHIVE_PROPERTIES, _DUMMY = 16, 2, 25
_UNIX_MODE_FOLLOWS, _WINDOWS_FOLDER, _WINDOWS_LINK = 0x8000, 0x10, 0x400
_1601 = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SevenZipMember:
    entry: Entry
    is_file: bool
    is_link: bool


@dataclass(frozen=True, slots=True)
class SevenZipTable:
    members: tuple[SevenZipMember, ...]
    methods: frozenset[bytes]


def read_seven_zip(file: int) -> SevenZipTable:
    """
    Raises:
        ArchiveError: damaged, encrypted or beyond the limits.
    """
    window = Window(file)
    header = _header(window)
    kind = header.number()
    if kind == _ENCODED:
        header = Fields(_decoded_header(window, read_streams(header)))
        kind = header.number()
    if kind != _HEADER:
        raise DamagedArchive(BAD_HEADER)
    streams, members = Streams(), list[SevenZipMember]()
    for kind in header.kinds():
        if kind == _MAIN_STREAMS:
            streams = read_streams(header)
        elif kind == _FILES:
            members = _members(header, streams)
        elif kind == _ARCHIVE_PROPERTIES:
            for _ in header.kinds():
                header.take(header.number())
        else:
            raise DamagedArchive(BAD_HEADER)
    _check(members, streams, window)
    methods = {method for folder in streams.folders for method, _ in folder.coders}
    return SevenZipTable(tuple(members), frozenset(methods))


def _header(window: Window) -> Fields:
    fields = _START.unpack(window.read(0, _START.size))
    _, _, _, start_crc, offset, size, crc = fields
    if zlib.crc32(window.read(12, 20)) != start_crc:
        raise DamagedArchive(BAD_HEADER)
    if size > MAX_TABLE_BYTES:
        raise table_too_large()
    if not size:
        return Fields(bytes([_HEADER, END]))
    if _START.size + offset + size > window.size:
        raise DamagedArchive(CUT_OFF)
    data = window.read(_START.size + offset, size)
    if zlib.crc32(data) != crc:
        raise DamagedArchive(BAD_HEADER)
    return Fields(data)


def _decoded_header(window: Window, streams: Streams) -> bytes:
    if len(streams.folders) != 1 or len(streams.pack_sizes) != 1:
        raise DamagedArchive(BAD_HEADER)
    (folder,) = streams.folders
    check_coders(folder)
    if folder.size > MAX_TABLE_BYTES:
        raise table_too_large()
    packed = window.read(_START.size + streams.pack_position, streams.pack_sizes[0])
    if len(folder.coders) != 1:
        raise DamagedArchive(BAD_HEADER)
    try:
        data = unpacked(packed, *folder.coders[0], folder.size)
    except lzma.LZMAError as error:
        raise DamagedArchive(BAD_HEADER) from error
    if len(data) != folder.size or folder.crc not in (None, zlib.crc32(data)):
        raise DamagedArchive(BAD_HEADER)
    return data


def _members(header: Fields, streams: Streams) -> list[SevenZipMember]:
    count = header.count()
    without_bytes, empty_files = [False] * count, list[bool]()
    names: list[str] = []
    times: list[datetime | None] = [None] * count
    attributes = [0] * count
    for kind in header.kinds(repeatable=_DUMMY):
        field = Fields(header.take(header.number()))
        if kind == _EMPTY_STREAM:
            without_bytes = field.bits(count)
        elif kind == _EMPTY_FILE:
            empty_files = field.bits(sum(without_bytes))
        elif kind == _ANTI:
            raise DamagedArchive("The archive only describes changes to another one.")
        elif kind == _NAMES:
            names = _names(field, count)
        elif kind == _MODIFIED:
            times = [_time(value) for value in _optional_numbers(field, count, 8)]
        elif kind == _ATTRIBUTES:
            attributes = [value or 0 for value in _optional_numbers(field, count, 4)]
    if len(names) != count or count - sum(without_bytes) != len(streams.files):
        raise DamagedArchive(BAD_HEADER)
    sized, empties = iter(streams.files), iter(empty_files)
    members = []
    for index, name in enumerate(names):
        size, crc = (0, None) if without_bytes[index] else next(sized)
        is_folder = without_bytes[index] and not next(empties, False)
        is_link = _is_link(attributes[index])
        is_file = not (is_folder or is_link or attributes[index] & _WINDOWS_FOLDER)
        entry = Entry(index, name, size, crc, times[index])
        members.append(SevenZipMember(entry, is_file, is_link))
    return members


def _names(field: Fields, count: int) -> list[str]:
    if field.byte():
        raise DamagedArchive(BAD_HEADER)
    try:
        names = field.rest().decode("utf-16-le").split("\0")
    except UnicodeDecodeError as error:
        raise DamagedArchive(BAD_HEADER) from error
    if len(names) != count + 1 or names[-1]:
        raise DamagedArchive(BAD_HEADER)
    if "" in names[:-1]:
        raise DamagedArchive("An entry of the archive has no name.")
    return names[:-1]


def _optional_numbers(field: Fields, count: int, width: int) -> list[int | None]:
    defined = field.defined(count)
    if field.byte():
        raise DamagedArchive(BAD_HEADER)
    return [int.from_bytes(field.take(width), "little") if here else None for here in defined]


def _time(filetime: int | None) -> datetime | None:
    try:
        return None if filetime is None else _1601 + timedelta(microseconds=filetime // 10)
    except OverflowError:
        return None


def _is_link(attributes: int) -> bool:
    if attributes & _UNIX_MODE_FOLLOWS:
        return attributes >> 28 == 0o12
    return bool(attributes & _WINDOWS_LINK)


def _check(members: list[SevenZipMember], streams: Streams, window: Window) -> None:
    for folder in streams.folders:
        check_coders(folder)
    packed_size = sum(streams.pack_sizes)
    if _START.size + streams.pack_position + packed_size > window.size:
        raise DamagedArchive(CUT_OFF)
    if sum(folder.packed_streams for folder in streams.folders) != len(streams.pack_sizes):
        raise DamagedArchive(BAD_HEADER)
    tally = Tally()
    for member in members:
        tally.name(member.entry.name)
        check_size(member.entry.size)
    check_total(sum(member.entry.size for member in members), packed_size)
