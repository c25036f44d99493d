"""How a 7z archive's bytes are packed: folders of coders ("7zFormat.txt" of the 7-Zip SDK)."""

import lzma
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from library.archives.base import check_count, check_window
from library.archives.exceptions import DamagedArchive, EncryptedArchive
from library.archives.rartable import BAD_HEADER

END = 0
PPMD = b"\x03\x04\x01"
DEFLATE64 = b"\x04\x01\x09"
_PACK, _UNPACK, _SUBSTREAMS = 6, 7, 8
_SIZES, _CRCS, _FOLDERS, _UNPACK_SIZES, _STREAM_COUNTS = 9, 10, 11, 12, 13
_COPY, _LZMA, _LZMA2, _AES = b"\0", b"\x03\x01\x01", b"\x21", b"\x06\xf1\x07\x01"
_MAX_CODERS = 8
_MAX_PARTS = 64
"""Of a section; about a dozen kinds are known."""
_MAX_ASKED_BYTES = 2**30


@dataclass(slots=True)
class Folder:
    """Coders that unpack one stream, in which one or more files lie one after the other."""

    coders: list[tuple[bytes, bytes]]
    """Method and properties."""
    outputs: int
    main_output: int
    packed_streams: int
    unpack_sizes: list[int] = field(default_factory=list)
    crc: int | None = None

    @property
    def size(self) -> int:
        return self.unpack_sizes[self.main_output]


@dataclass(slots=True)
class Streams:
    pack_position: int = 0
    pack_sizes: list[int] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)
    files: list[tuple[int, int | None]] = field(default_factory=list)
    """Size and CRC of each file that has bytes."""


class Fields:
    """The header's fields, taken from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def take(self, size: int) -> bytes:
        taken = self._data[self._position : self._position + size]
        if len(taken) != size:
            raise DamagedArchive(BAD_HEADER)
        self._position += size
        return taken

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._position)

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """The first byte's leading ones count the bytes that follow, lowest first."""
        first = self.byte()
        mask, value = 0x80, 0
        for shift in range(0, 64, 8):
            if not first & mask:
                return value | (first & mask - 1) << shift
            value |= self.byte() << shift
            mask >>= 1
        return value

    def count(self) -> int:
        count = self.number()
        check_count(count)
        return count

    def kinds(self, *, repeatable: int | None = None) -> Iterator[int]:
        """What the section's parts are, until its end; nothing may be said twice."""
        seen: list[int] = []
        while (kind := self.number()) != END:
            if kind in seen and kind != repeatable or len(seen) == _MAX_PARTS:
                raise DamagedArchive(BAD_HEADER)
            seen.append(kind)
            yield kind

    def expect(self, kind: int) -> None:
        if self.number() != kind:
            raise DamagedArchive(BAD_HEADER)

    def bits(self, count: int) -> list[bool]:
        packed = self.take((count + 7) // 8)
        return [bool(packed[i >> 3] & 0x80 >> (i & 7)) for i in range(count)]

    def defined(self, count: int) -> list[bool]:
        return [True] * count if self.byte() else self.bits(count)

    def sums(self, count: int) -> list[int | None]:
        defined = self.defined(count)
        return [int.from_bytes(self.take(4), "little") if here else None for here in defined]


def read_streams(header: Fields) -> Streams:
    streams = Streams()
    for kind in header.kinds():
        if kind == _PACK:
            _read_pack(header, streams)
        elif kind == _UNPACK:
            _read_folders(header, streams)
        elif kind == _SUBSTREAMS:
            _read_substreams(header, streams)
        else:
            raise DamagedArchive(BAD_HEADER)
    if not streams.files:
        streams.files = [(folder.size, folder.crc) for folder in streams.folders]
    return streams


def _read_pack(header: Fields, streams: Streams) -> None:
    streams.pack_position = header.number()
    count = header.count()
    for kind in header.kinds():
        if kind == _SIZES:
            streams.pack_sizes = [header.number() for _ in range(count)]
        elif kind == _CRCS:
            header.sums(count)
        else:
            raise DamagedArchive(BAD_HEADER)


def _read_folders(header: Fields, streams: Streams) -> None:
    header.expect(_FOLDERS)
    count = header.count()
    if header.byte():
        raise DamagedArchive(BAD_HEADER)
    streams.folders = [_read_folder(header) for _ in range(count)]
    header.expect(_UNPACK_SIZES)
    for folder in streams.folders:
        folder.unpack_sizes = [header.number() for _ in range(folder.outputs)]
    for kind in header.kinds():
        if kind != _CRCS:
            raise DamagedArchive(BAD_HEADER)
        for folder, crc in zip(streams.folders, header.sums(count), strict=True):
            folder.crc = crc


def _read_folder(header: Fields) -> Folder:
    coders, inputs, outputs = [], 0, 0
    count = header.number()
    if not 1 <= count <= _MAX_CODERS:
        raise DamagedArchive(BAD_HEADER)
    for _ in range(count):
        flags = header.byte()
        method = header.take(flags & 15)
        ins, outs = (header.number(), header.number()) if flags & 0x10 else (1, 1)
        if flags & 0xC0 or not 1 <= ins <= _MAX_CODERS or outs != 1:
            raise DamagedArchive(BAD_HEADER)
        properties = header.take(header.number()) if flags & 0x20 else b""
        coders.append((method, properties))
        inputs, outputs = inputs + ins, outputs + outs
    bound = {(header.number(), header.number())[1] for _ in range(outputs - 1)}
    packed_streams = inputs - (outputs - 1)
    if packed_streams < 1 or len(bound) != outputs - 1 or not bound < set(range(outputs)):
        raise DamagedArchive(BAD_HEADER)
    if packed_streams > 1:
        for _ in range(packed_streams):
            header.number()
    (main_output,) = set(range(outputs)) - bound
    return Folder(coders, outputs, main_output, packed_streams)


def _read_substreams(header: Fields, streams: Streams) -> None:
    counts = [1] * len(streams.folders)
    kind = header.number()
    if kind == _STREAM_COUNTS:
        counts = [header.count() for _ in streams.folders]
        check_count(sum(counts))
        kind = header.number()
    sizes: list[int] = []
    for folder, count in zip(streams.folders, counts, strict=True):
        sizes += _sizes_within(header, folder.size, count, listed=kind == _SIZES)
    if kind == _SIZES:
        kind = header.number()
    sums = _known_sums(streams.folders, counts)
    if kind == _CRCS:
        listed = iter(header.sums(sums.count(None)))
        sums = [next(listed) if crc is None else crc for crc in sums]
        kind = header.number()
    if kind != END:
        raise DamagedArchive(BAD_HEADER)
    streams.files = list(zip(sizes, sums, strict=True))


def _sizes_within(header: Fields, whole: int, count: int, *, listed: bool) -> Iterator[int]:
    """The last file of a folder takes what the others leave."""
    if count > 1 and not listed:
        raise DamagedArchive(BAD_HEADER)
    left = whole
    for _ in range(count - 1):
        size = header.number()
        left -= size
        yield size
    if left < 0:
        raise DamagedArchive(BAD_HEADER)
    if count:
        yield left


def _known_sums(folders: list[Folder], counts: list[int]) -> list[int | None]:
    sums: list[int | None] = []
    for folder, count in zip(folders, counts, strict=True):
        sums += [folder.crc] if count == 1 else [None] * count
    return sums


def unpacked(packed: bytes, method: bytes, properties: bytes, size: int) -> bytes:
    if method == _COPY:
        return packed
    if method == _LZMA2:
        filters = [{"id": lzma.FILTER_LZMA2, "dict_size": window_of(method, properties)}]
    elif method == _LZMA:
        first = properties[0]
        filters = [
            {
                "id": lzma.FILTER_LZMA1,
                "dict_size": max(window_of(method, properties), 4096),
                "lc": first % 9,
                "lp": first // 9 % 5,
                "pb": first // 45,
            }
        ]
    else:
        raise DamagedArchive(BAD_HEADER)
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters).decompress(packed, size)


def check_coders(folder: Folder) -> None:
    for method, properties in folder.coders:
        if method == _AES:
            raise EncryptedArchive("The archive is protected by a password.")
        try:
            window = window_of(method, properties)
            # It is touched only as far as there are bytes, but asked for as a whole.
            check_window(window if window > _MAX_ASKED_BYTES else min(window, folder.size))
        except (IndexError, struct.error) as error:
            raise DamagedArchive(BAD_HEADER) from error


def window_of(method: bytes, properties: bytes) -> int:
    """How much memory the coder says it needs, in bytes; 0 for those that need little."""
    if method == _LZMA:
        return int(struct.unpack_from("<I", properties, 1)[0])
    if method == _LZMA2:
        return (2 | properties[0] & 1) << (properties[0] // 2 + 11)
    if method == PPMD:
        return int(struct.unpack_from("<I", properties, 1)[0])
    return 0
