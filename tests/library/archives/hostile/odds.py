import gzip
import io
import os
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image

from library.archives.exceptions import Verdict
from tests.library.archives.hostile.base import PNG, SOUND, TWO, Kind, kind, replaced, void
from tests.library.archives.making import zip_bytes
from tests.library.archives.test_cbt import tar_bytes
from tests.library.archives.test_images import image_bytes


def no_archives() -> Iterator[Kind]:
    yield kind("empty file", b"", "damaged")
    yield kind("one byte", b"P", "not_a_comic")
    yield kind("zeros", bytes(5000), "damaged")
    yield kind("a ZIP whose start became zeros", bytes(512) + SOUND[512:], "damaged")
    yield kind("text", b"hello\n" * 100, "not_a_comic")
    yield kind("web page", b"<!doctype html><p>404", "not_a_comic")
    yield kind("PDF", b"%PDF-1.7\n" + bytes(99), "not_a_comic")
    yield kind("image", PNG, "not_a_comic")
    yield kind("program", b"MZ" + bytes(510) + zip_bytes(TWO), "not_a_comic")
    yield kind("very old RAR", b"RE~^" + bytes(99), "not_a_comic", suffix=".cbr")
    yield kind("gzipped text", gzip.compress(b"x" * 999), "not_a_comic")
    yield kind("gzip of nothing", gzip.compress(b""), "not_a_comic")
    yield kind("random bytes", bytes(i * i * 7 % 251 for i in range(4096)), "not_a_comic")


def images() -> Iterator[Kind]:
    pictures: dict[str, tuple[bytes, Verdict]] = {
        "nothing": (b"", "damaged"),
        "text": (b"<html>404", "damaged"),
        "a PNG cut off": (PNG[:-20], "warn"),
        "a PNG's head cut off": (PNG[:15], "damaged"),
        "a PNG of four billion pixels": (replaced(16, b"\0\1\0\0\0\1\0\0", PNG), "refused"),
        "a PNG without width": (replaced(16, bytes(4), PNG), "damaged"),
        "a JPEG's start": (b"\xff\xd8\xff\xe0", "damaged"),
        "a JPEG of nothing but fill": (b"\xff\xd8" + b"\xff" * 99_999, "damaged"),
        "a JPEG cut off": (b"\xff\xd8\xff\xc0\0\x11\x08\0\1\0\1\3", "warn"),
        "a GIF's start": (b"GIF89a", "damaged"),
        "a GIF without an end": (b"GIF89a\1\0\1\0" + bytes(9), "warn"),
        "a WebP that says it is larger": (b"RIFF\xff\xff\0\0WEBPVP8X" + bytes(14), "warn"),
        "a TIFF that points nowhere": (b"II*\0\xff\xff\xff\x7f", "damaged"),
        "a JPEG with much behind it": (image_bytes("JPEG") + b"x" * 99_999, "ok"),
        "a BMP with a width below zero": (_bmp(-20, 20), "damaged"),
        "a BMP from the top": (_bmp(20, -20), "warn"),
        "an AVIF of another main brand": (image_bytes("AVIF").replace(b"avif", b"miaf", 1), "warn"),
        "a PNG of a pixel a row": (replaced(16, b"\0\0\0\1\x0b\0\0\0", PNG), "warn"),
        "a WebP of 190 million pixels": (_webp(15_000, 12_600), "warn"),
        "a TIFF of one huge tile": (_tiled_tiff(40_000), "warn"),
        "a JPEG of 3,000 scans": (_scanned_jpeg(3000), "ok"),
        "a script": (b"#!/bin/sh\nrm -rf /\n", "damaged"),
        "a vector image": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "damaged"),
    }
    for name, (data, verdict) in pictures.items():
        yield kind(f"as a page {name}", zip_bytes({"1.jpg": data}), "ok", verdict)


def _bmp(width: int, height: int) -> bytes:
    head = struct.pack("<Iii2H6I", 40, width, height, 1, 24, 0, 1200, 0, 0, 0, 0)
    return b"BM" + struct.pack("<I2HI", 1254, 0, 0, 54) + head + bytes(1200)


def _webp(width: int, height: int) -> bytes:
    """Says no more than its size, and takes as much memory when it is decoded."""
    data = bytearray(image_bytes("WEBP"))
    at = data.index(b"\x9d\x01\x2a") + 3
    data[at : at + 4] = struct.pack("<HH", width, height)
    return bytes(data)


def _tiled_tiff(side: int) -> bytes:
    tile = zlib.compress(bytes(1000))
    tags = {
        256: 100, 257: 100, 258: 8, 259: 8, 262: 1, 277: 1, 322: side, 323: side,
        324: 134, 325: len(tile),
    }  # fmt: skip
    fields = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + fields + bytes(4) + tile


def _scanned_jpeg(scans: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (2000, 2000)).save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    last, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data[:last] + data[last:end] * scans + data[end:]


def no_files() -> Iterator[Kind]:
    def special(name: str, make: Callable[[Path], object], verdict: Verdict) -> Kind:
        return Kind(name, lambda path: void(make(path)), verdict, verdict)

    yield special("a folder", lambda path: path.mkdir(), "not_a_comic")
    yield special("a FIFO", os.mkfifo, "refused")
    yield special("a link to a comic", lambda path: path.symlink_to("sound.cbz"), "refused")
    yield special("a link to nothing", lambda path: path.symlink_to("gone.cbz"), "refused")
    yield special("a link to itself", lambda path: path.symlink_to(path.name), "refused")
    yield special("a link to a device", lambda path: path.symlink_to("/dev/zero"), "refused")
    yield special("a socket", _socket, "refused")
    yield special("a file that vanished", lambda path: None, "unread")
    yield special("a terabyte of zeros", lambda path: _sparse(path, b"", 2**40), "damaged")
    yield special(
        "a ZIP and a terabyte of zeros", lambda path: _sparse(path, SOUND, 2**40), "damaged"
    )
    tar = tar_bytes(TWO)
    yield special(
        "a tar and a terabyte of zeros", lambda path: _sparse(path, tar, 2**40), "refused"
    )


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(os.fspath(path))


def _sparse(path: Path, start: bytes, size: int) -> None:
    path.write_bytes(start)
    os.truncate(path, size)
