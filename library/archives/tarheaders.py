"""A strict reading of tar's headers (POSIX.1-2001 "ustar" and "pax", and GNU's long names).

The standard library's reader takes a wrong header for the archive's end, and reads extended
headers into memory whatever their size. Here every header's sum must be right.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from library.archives.base import (
    MAX_TOTAL_BYTES,
    Entry,
    Tally,
    check_size,
)
from library.archives.exceptions import DamagedArchive, RefusedArchive

BLOCK_BYTES = 512
MAX_EXTENDED_BYTES = 2**20
_BAD_HEADER = "The archive's table of contents is damaged."
_FILE_TYPES = frozenset(b"07\0")
_FOLDER, _LINKS, _DEVICES, _SPARSE = ord("5"), frozenset(b"12"), frozenset(b"346"), ord("S")
_LABEL = ord("V")
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL = ord("L"), ord("K"), ord("x"), ord("g")


class Source(Protocol):
    """Bytes from front to back."""

    def take(self, size: int) -> bytes:
        """Fewer only at the end."""

    def skip(self, size: int) -> None: ...


@dataclass(frozen=True, slots=True)
class TarMember:
    entry: Entry
    kind: str
    """"file", "folder", "link", "device" or "label", GNU's name for the whole."""
    start: int
    """Where its first header lies; extended headers belong to it."""
    data_offset: int

    @property
    def end(self) -> int:
        return self.data_offset + _padded(self.entry.size if self.kind == "file" else 0)


def read_members(source: Source) -> Iterator[TarMember]:
    """Each member as its header comes by; the caller takes or skips nothing itself.

    Ends at the zero block that ends the archive, which is consumed.

    Raises:
        ArchiveError: damaged or beyond the limits.
    """
    position = start = index = total = 0
    extended: dict[str, str] = {}
    tally = Tally()
    while True:
        header = source.take(BLOCK_BYTES)
        if len(header) < BLOCK_BYTES:
            raise DamagedArchive("The archive ends too early.")
        if not any(header):
            return
        position += BLOCK_BYTES
        check_sum(header)
        size, kind = _number(header[124:136]), header[156]
        is_extended = kind in (_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL)
        tally.header(size if is_extended else 0)
        if is_extended:
            extended |= _extended(source, size, kind)
            position += _padded(size)
            # What is said for all that follows must not go with the member that happens to be next.
            start = position if kind == _PAX_GLOBAL else start
            continue
        member = _member(header, extended, index, start, position)
        tally.name(member.entry.name)
        total += member.entry.size
        if total > MAX_TOTAL_BYTES:
            raise RefusedArchive("The archive would unpack to more than 8 GiB.")
        yield member
        source.skip(member.end - position)
        position = start = member.end
        extended, index = {}, index + 1


def check_sum(header: bytes) -> None:
    """Raises DamagedArchive; a header that passes is really one."""
    blanked = header[:148] + b" " * 8 + header[156:]
    stored = _number(header[148:156])
    if stored != sum(blanked) and stored != _signed_sum(blanked):
        raise DamagedArchive(_BAD_HEADER)


def looks_like_tar(block: bytes) -> bool:
    """Old archives have no mark but the sum."""
    if len(block) != BLOCK_BYTES or not any(block):
        return False
    try:
        check_sum(block)
    except DamagedArchive:
        return False
    return True


def _signed_sum(header: bytes) -> int:
    return sum(byte - 256 if byte > 127 else byte for byte in header)


def _number(field: bytes) -> int:
    """Octal digits, or GNU's base 256 for what they cannot hold."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    text = field.split(b"\0")[0].strip()
    if not all(byte in b"01234567" for byte in text):
        raise DamagedArchive(_BAD_HEADER)
    return int(text or b"0", 8)


def _seconds(field: bytes) -> int:
    """A number that GNU's base 256 may give a sign."""
    is_negative = field[0] == 0xFF
    return int.from_bytes(field, "big", signed=True) if is_negative else _number(field)


def _padded(size: int) -> int:
    return -(-size // BLOCK_BYTES) * BLOCK_BYTES


def _extended(source: Source, size: int, kind: int) -> dict[str, str]:
    if size > MAX_EXTENDED_BYTES:
        raise RefusedArchive("The archive holds an overlong name.")
    data = source.take(_padded(size))
    if len(data) < size:
        raise DamagedArchive("The archive ends too early.")
    if kind == _LONG_NAME:
        return {"path": data[:size].rstrip(b"\0").decode("utf-8", "replace")}
    return dict(_pax_records(data[:size])) if kind == _PAX else {}


def _pax_records(data: bytes) -> Iterator[tuple[str, str]]:
    """ "length key=value" lines, the length counting the whole line (pax, "Extended Header")."""
    start = 0
    while start < len(data):
        digits, _, _ = data[start : start + 8].partition(b" ")
        if not digits.isdigit() or len(digits) > 7 or int(digits) <= len(digits):
            raise DamagedArchive(_BAD_HEADER)
        record = data[start + len(digits) + 1 : start + int(digits)]
        start += int(digits)
        if start > len(data):
            raise DamagedArchive(_BAD_HEADER)
        key, _, value = record.rstrip(b"\n").partition(b"=")
        yield key.decode("utf-8", "replace"), value.decode("utf-8", "replace")


def _member(
    header: bytes, extended: dict[str, str], index: int, start: int, data_offset: int
) -> TarMember:
    kind = _kind(header[156], extended)
    size = _size(header, extended) if kind == "file" else 0
    check_size(size)
    name = extended.get("path") or _name(header)
    if kind == "file" and name.endswith("/"):
        kind = "folder"
    entry = Entry(index, name, size, None, _modified(header, extended))
    return TarMember(entry, kind, start, data_offset)


def _kind(mark: int, extended: dict[str, str]) -> str:
    if mark == _SPARSE or any(key.startswith("GNU.sparse") for key in extended):
        raise RefusedArchive("The archive holds a sparse file, which comics have no use for.")
    if mark in _FILE_TYPES:
        return "file"
    if mark == _FOLDER:
        return "folder"
    if mark == _LABEL:
        return "label"
    if mark in _LINKS:
        return "link"
    if mark in _DEVICES:
        return "device"
    raise DamagedArchive("The archive holds an entry of an unknown kind.")


def _size(header: bytes, extended: dict[str, str]) -> int:
    text = extended.get("size")
    if text is None:
        return _number(header[124:136])
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise DamagedArchive(_BAD_HEADER)
    return int(text)


def _name(header: bytes) -> str:
    name = _text(header[:100])
    is_ustar = header[257:263] == b"ustar\0"
    prefix = _text(header[345:500]) if is_ustar else ""
    return f"{prefix}/{name}" if prefix else name


def _text(field: bytes) -> str:
    raw = field.split(b"\0")[0]
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _modified(header: bytes, extended: dict[str, str]) -> datetime | None:
    """None where it makes no sense: a date says nothing of the rest."""
    try:
        seconds = float(extended["mtime"]) if "mtime" in extended else _seconds(header[136:148])
        return datetime.fromtimestamp(seconds, UTC)
    except (DamagedArchive, ValueError, OverflowError, OSError):
        return None
