"""RAR files whose members are stored, by hand, so that every field can be wrong."""

import struct
import zlib
from collections.abc import Mapping

RAR4 = b"Rar!\x1a\x07\x00"
RAR5 = b"Rar!\x1a\x07\x01\x00"


def rar4_block(kind: int, flags: int, fields: bytes = b"", data: bytes = b"") -> bytes:
    body = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(body) & 0xFFFF) + body + data


def rar4_file(
    name: bytes,
    data: bytes,
    *,
    flags: int = 0,
    size: int | None = None,
    packed_size: int | None = None,
    crc: int | None = None,
    method: int = 0x30,
    mode: int = 0o100644,
) -> bytes:
    fields = struct.pack(
        "<IIBIIBBHI",
        len(data) if packed_size is None else packed_size,
        len(data) if size is None else size,
        3,
        zlib.crc32(data) if crc is None else crc,
        40 << 25 | 5 << 21 | 17 << 16 | 12 << 11 | 34 << 5 | 28,
        29,
        method,
        len(name),
        mode,
    )
    return rar4_block(0x74, 0x8000 | flags, fields + name, data)


RAR4_MAIN = rar4_block(0x73, 0, bytes(6))
RAR4_END = rar4_block(0x7B, 0x4000)


def rar4_bytes(members: Mapping[str, bytes]) -> bytes:
    files = (rar4_file(name.encode(), data) for name, data in members.items())
    return RAR4 + RAR4_MAIN + b"".join(files) + RAR4_END


def vint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def rar5_block(
    kind: int,
    fields: bytes = b"",
    data: bytes | None = None,
    *,
    flags: int = 0,
    extra: bytes = b"",
    data_size: int | None = None,
) -> bytes:
    flags |= (1 if extra else 0) | (0 if data is None else 2)
    sizes = vint(len(extra)) if extra else b""
    if data is not None:
        sizes += vint(len(data) if data_size is None else data_size)
    body = vint(kind) + vint(flags) + sizes + fields + extra
    sized = vint(len(body)) + body
    return struct.pack("<I", zlib.crc32(sized)) + sized + (data or b"")


def rar5_file(
    name: bytes,
    data: bytes,
    *,
    size: int | None = None,
    data_size: int | None = None,
    crc: int | None = None,
    compression: int = 0,
    file_flags: int = 0,
    flags: int = 0,
    extra: bytes = b"",
) -> bytes:
    fields = vint(4 | 2 | file_flags) + vint(len(data) if size is None else size) + vint(0o100644)
    fields += struct.pack("<II", 1_589_718_868, zlib.crc32(data) if crc is None else crc)
    fields += vint(compression) + vint(1) + vint(len(name)) + name
    return rar5_block(2, fields, data, flags=flags, extra=extra, data_size=data_size)


RAR5_MAIN = rar5_block(1, vint(0))
RAR5_END = rar5_block(5, vint(0))


def rar5_bytes(members: Mapping[str, bytes]) -> bytes:
    files = (rar5_file(name.encode(), data) for name, data in members.items())
    return RAR5 + RAR5_MAIN + b"".join(files) + RAR5_END


def with_pages(archive: bytes) -> bytes:
    """An archive that RAR made, its .txt files renamed to .jpg: packed ones need the program."""
    is_old = archive.startswith(RAR4)
    start = len(RAR4 if is_old else RAR5)
    parts, position = [archive[:start]], start
    while position < len(archive):
        header, data, position = (_rar4_parts if is_old else _rar5_parts)(archive, position)
        body = header.replace(b".txt", b".jpg")
        checksum = zlib.crc32(body)
        parts += [struct.pack("<H", checksum & 0xFFFF) if is_old else struct.pack("<I", checksum)]
        parts += [body, data]
    return b"".join(parts)


def _rar4_parts(archive: bytes, position: int) -> tuple[bytes, bytes, int]:
    """A block's header without its sum, its data, and where the next one starts."""
    _kind, flags, size = struct.unpack_from("<BHH", archive, position + 2)
    end = position + size
    data_size = struct.unpack_from("<I", archive, position + 7)[0] if flags & 0x8000 else 0
    return archive[position + 2 : end], archive[end : end + data_size], end + data_size


def _rar5_parts(archive: bytes, position: int) -> tuple[bytes, bytes, int]:
    size, start = _vint_at(archive, position + 4)
    _kind, at = _vint_at(archive, start)
    flags, at = _vint_at(archive, at)
    sizes = []
    for flag in (1, 2):
        value, at = _vint_at(archive, at) if flags & flag else (0, at)
        sizes.append(value)
    end = start + size
    return archive[position + 4 : end], archive[end : end + sizes[1]], end + sizes[1]


def _vint_at(data: bytes, position: int) -> tuple[int, int]:
    number, shift = 0, 0
    while data[position] & 0x80:
        number |= (data[position] & 0x7F) << shift
        position, shift = position + 1, shift + 7
    return number | data[position] << shift, position + 1
