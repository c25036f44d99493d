"""The records of a ZIP file (PKWARE APPNOTE 6.3, section 4.3) and how new ones are packed."""

import struct
import zlib
from datetime import datetime

from library.archives.deflating import deflated

LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")
ZIP64_LOCATOR = struct.Struct("<4sIQI")
ZIP64_END = struct.Struct("<4sQ2H2I4Q")

LOCAL_SIGNATURE = b"PK\x03\x04"
CENTRAL_SIGNATURE = b"PK\x01\x02"
END_SIGNATURE = b"PK\x05\x06"
ZIP64_LOCATOR_SIGNATURE = b"PK\x06\x07"
ZIP64_END_SIGNATURE = b"PK\x06\x06"

FULL_16 = 0xFFFF
FULL_32 = 0xFFFFFFFF
ZIP64_EXTRA = 1
TIMESTAMP_EXTRA = 0x5455
UNICODE_PATH_EXTRA = 0x7075
FLAG_ENCRYPTED = 1
FLAG_DESCRIPTOR = 1 << 3
FLAG_UTF8 = 1 << 11

STORED = 0
DEFLATED = 8
DEFLATE64 = 9

_VERSION = 20
_VERSION_ZIP64 = 45
_MADE_ON_UNIX = 3 << 8
_DOS_DATE = 1 << 5 | 1
"""1 January 1980: the same tags make the same bytes, whenever they are written."""
_ATTRIBUTES = 0o100644 << 16


def new_entry(raw_name: bytes, data: bytes, *, flags: int, offset: int) -> tuple[bytes, bytes]:
    """The local header with its data, and the central record."""
    packed = deflated(data, raw=True)
    method, body = (DEFLATED, packed) if len(packed) < len(data) else (STORED, data)
    sums = (zlib.crc32(data), len(body), len(data))
    local = LOCAL.pack(
        LOCAL_SIGNATURE, _VERSION, flags, method, 0, _DOS_DATE, *sums, len(raw_name), 0
    )
    far = offset >= FULL_32
    version = _VERSION_ZIP64 if far else _VERSION
    extra = struct.pack("<2HQ", ZIP64_EXTRA, 8, offset) if far else b""
    central = CENTRAL.pack(
        CENTRAL_SIGNATURE, _MADE_ON_UNIX | version, version, flags, method, 0, _DOS_DATE, *sums,
        len(raw_name), len(extra), 0, 0, 0, _ATTRIBUTES, min(offset, FULL_32),
    )  # fmt: skip
    return local + raw_name + body, central + raw_name + extra


def stored_entry(
    raw_name: bytes, data: bytes, *, modified: datetime | None, offset: int
) -> tuple[bytes, bytes]:
    """The local header without the data, and the central record."""
    flags = 0 if raw_name.isascii() else FLAG_UTF8
    time, date = _dos_time(modified)
    stamp = _exact_time(modified)
    far = offset >= FULL_32
    version = _VERSION_ZIP64 if far else _VERSION
    wide = struct.pack("<2HQ", ZIP64_EXTRA, 8, offset) if far else b""
    sums = (zlib.crc32(data), len(data), len(data))
    local = LOCAL.pack(
        LOCAL_SIGNATURE, _VERSION, flags, STORED, time, date, *sums, len(raw_name), len(stamp)
    )
    central = CENTRAL.pack(
        CENTRAL_SIGNATURE, _MADE_ON_UNIX | version, version, flags, STORED, time, date, *sums,
        len(raw_name), len(wide) + len(stamp), 0, 0, 0, _ATTRIBUTES, min(offset, FULL_32),
    )  # fmt: skip
    return local + raw_name + stamp, central + raw_name + wide + stamp


def _dos_time(moment: datetime | None) -> tuple[int, int]:
    """Time and date; those that DOS does not know become 1 January 1980."""
    if moment is None or not 1980 <= moment.year <= 2107:
        return 0, _DOS_DATE
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    return time, moment.year - 1980 << 9 | moment.month << 5 | moment.day


def _exact_time(moment: datetime | None) -> bytes:
    """The extended timestamp (Info-ZIP's extra field 0x5455), where the place is known."""
    if moment is None or moment.tzinfo is None:
        return b""
    seconds = int(moment.timestamp())
    if not -(2**31) <= seconds < 2**31:
        return b""
    return struct.pack("<2HBi", TIMESTAMP_EXTRA, 5, 1, seconds)


def extra_field(extra: bytes, wanted: int) -> bytes:
    position = 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, position)
        if kind == wanted:
            return extra[position + 4 : position + 4 + size]
        position += 4 + size
    return b""


def _unicode_path(extra: bytes, raw_name: bytes) -> str | None:
    """The name that counts for many programs in place of the header's own (APPNOTE 4.6.9)."""
    field = extra_field(extra, UNICODE_PATH_EXTRA)
    if len(field) < 5 or int.from_bytes(field[1:5], "little") != zlib.crc32(raw_name):
        return None  # it was left behind when the entry was renamed
    return field[5:].decode("utf-8", "replace")


def is_renamed(raw_name: bytes, extra: bytes) -> bool:
    """A name in an old code page may get its real characters so, but never become another one."""
    other = _unicode_path(extra, raw_name) if extra else None
    try:
        return other is not None and other != raw_name.decode()
    except UnicodeDecodeError:
        return other is not None and other.isascii()


def end_records(entries: int, size: int, offset: int, comment: bytes) -> bytes:
    wide = b""
    if entries >= FULL_16 or offset >= FULL_32:
        record = ZIP64_END.pack(
            ZIP64_END_SIGNATURE, ZIP64_END.size - 12, _MADE_ON_UNIX | _VERSION_ZIP64,
            _VERSION_ZIP64, 0, 0, entries, entries, size, offset,
        )  # fmt: skip
        wide = record + ZIP64_LOCATOR.pack(ZIP64_LOCATOR_SIGNATURE, 0, offset + size, 1)
    few = min(entries, FULL_16)
    end = END.pack(END_SIGNATURE, 0, 0, few, few, size, min(offset, FULL_32), len(comment))
    return wide + end + comment
