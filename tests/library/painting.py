"""Images for tests: real, odd and hostile ones."""

import io
import struct
import zlib
from typing import Any

from PIL import Image


def picture(
    kind: str = "JPEG",
    size: tuple[int, int] = (300, 450),
    colour: Any = "navy",
    *,
    mode: str = "RGB",
) -> bytes:
    image, buffer = Image.new(mode, size, colour), io.BytesIO()
    # A JPEG with a second one behind it.
    more = {"save_all": True, "append_images": [image]} if kind == "MPO" else {}
    image.save(buffer, kind, **more)
    return buffer.getvalue()


def measures(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as image:
        return image.size


def png_bomb(width: int, height: int) -> bytes:
    """Black, in a thousandth of the bytes that it takes when it is decoded."""
    row = b"\0" + bytes((width + 7) // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", data), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
