"""An image's kind and measures, from its first bytes alone; nothing is decoded.

Small, because it must be safe on anything: what does not follow its format gives no measures.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

ImageKind = Literal["jpeg", "png", "gif", "webp", "avif", "heic", "jxl", "bmp", "tiff", ""]

MAX_PIXELS = 200_000_000
"""Beyond what any scan has; more is made to exhaust whoever decodes it."""

_JPEG_MARKERS_WITHOUT_SIZE = frozenset([0x01, *range(0xD0, 0xD9)])
_JPEG_SCAN = 0xDA
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BRANDS: dict[bytes, ImageKind] = {
    b"avif": "avif",
    b"avis": "avif",
    b"heic": "heic",
    b"heix": "heic",
    b"heis": "heic",
    b"hevc": "heic",
    b"heim": "heic",
    b"mif1": "heic",
    b"msf1": "heic",
}
_MAX_BOX_SEARCH_BYTES = 2**16
_MAX_SEGMENTS = 1000
_OS2_HEADER_BYTES = 12


@dataclass(frozen=True, slots=True)
class ImageHead:
    kind: ImageKind
    """Empty when it is no image that is known."""
    width: int = 0
    """0 where the start does not tell."""
    height: int = 0


def read_head(data: bytes) -> ImageHead:
    kind = _kind(data)
    try:
        width, height = _SIZES[kind](data) if kind in _SIZES else (0, 0)
    except (struct.error, IndexError, ValueError):
        width = height = 0
    return ImageHead(kind, width, height)


def _kind(data: bytes) -> ImageKind:
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return _heif_kind(data)
    if data.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")):
        return "jxl"
    if data.startswith(b"BM"):
        return "bmp"
    return "tiff" if data.startswith((b"II*\0", b"MM\0*")) else ""


def _heif_kind(data: bytes) -> ImageKind:
    """By the first brand that is known, of the main one and those that it is compatible with."""
    brands = (
        data[8:12],
        *(data[at : at + 4] for at in range(16, min(int.from_bytes(data[:4], "big"), 128), 4)),
    )
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), "")


def _jpeg(data: bytes) -> tuple[int, int]:
    for marker, position in _jpeg_segments(data):
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return width, height
    return 0, 0


def jpeg_scan(data: bytes) -> int:
    """Where the picture itself starts, behind all that may hold a small one; -1 if nowhere."""
    segments = _jpeg_segments(data)
    return next((position for marker, position in segments if marker == _JPEG_SCAN), -1)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Markers and their places, up to the first scan."""
    position = 2
    for _ in range(_MAX_SEGMENTS):
        if position + 4 > len(data) or data[position] != 0xFF:
            return
        marker = data[position + 1]
        yield marker, position
        if marker in (0xD9, _JPEG_SCAN):
            return
        if marker == 0xFF or marker in _JPEG_MARKERS_WITHOUT_SIZE:
            position += 1 if marker == 0xFF else 2
        else:
            position += 2 + int(struct.unpack_from(">H", data, position + 2)[0])


def _png(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR":
        return 0, 0
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _webp(data: bytes) -> tuple[int, int]:
    chunk = data[12:16]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if chunk == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return 0, 0


def _bmp(data: bytes) -> tuple[int, int]:
    (header_size,) = struct.unpack_from("<I", data, 14)
    form = "<HH" if header_size == _OS2_HEADER_BYTES else "<ii"
    width, height = struct.unpack_from(form, data, 18)
    return max(0, width), abs(height)  # a height below zero says that the rows come from the top


def _heif(data: bytes) -> tuple[int, int]:
    """The largest "ispe" property (ISO/IEC 23008-12, 6.5.3): tiles have their own."""
    start = data[:_MAX_BOX_SEARCH_BYTES]
    found = [struct.unpack_from(">II", start, m.end() + 4) for m in re.finditer(b"ispe", start)]
    return max(found, key=lambda size: size[0] * size[1], default=(0, 0))


def _tiff(data: bytes) -> tuple[int, int]:
    order = "<" if data[:2] == b"II" else ">"
    (offset,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, offset)
    sizes = {256: 0, 257: 0}
    for entry in range(offset + 2, offset + 2 + 12 * min(count, _MAX_SEGMENTS), 12):
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        if tag in sizes:
            (sizes[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), data, entry + 8)
    return sizes[256], sizes[257]


_SIZES = {
    "jpeg": _jpeg,
    "png": _png,
    "gif": _gif,
    "webp": _webp,
    "bmp": _bmp,
    "tiff": _tiff,
    "avif": _heif,
    "heic": _heif,
}
