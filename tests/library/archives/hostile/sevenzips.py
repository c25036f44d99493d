import os
import struct
import zlib
from collections.abc import Iterator

from library.archives.exceptions import Verdict
from library.archives.rartable import Window
from library.archives.sevenzip import _decoded_header, _header
from library.archives.sevenzipstreams import read_streams
from tests.library.archives.hostile.base import PNG, SOUND, TWO, Kind, kind, replaced
from tests.library.archives.making import FIXTURES
from tests.library.archives.test_cb7 import seven_zip_bytes, with_header

LZMA2 = b"\x21\x21\1"
"""The coder in a header, before the byte that gives its memory."""


def seven_zips() -> Iterator[Kind]:
    sound = seven_zip_bytes(list(TWO.items()))

    def seven(name: str, data: bytes, seen: Verdict, read: Verdict | None = None) -> Kind:
        return kind(f"7z: {name}", data, seen, read, suffix=".cb7")

    for part in (1, 2, 3):
        yield seven(f"cut at {part}/4", sound[: len(sound) * part // 4], "damaged")
    yield seven("start only", sound[:6], "damaged")
    yield seven("start's sum wrong", replaced(9, b"?", sound), "damaged")
    yield seven("offset wrong", replaced(12, b"?", sound), "damaged")
    yield seven("last byte wrong", sound[:-1] + bytes([sound[-1] ^ 1]), "damaged")
    yield seven("a packed byte wrong", replaced(40, b"??", sound), "ok", "damaged")
    yield seven("nothing in it", with_header(b"\1\0"), "not_a_comic")
    yield seven("no header at all", with_header(b""), "not_a_comic")
    ones = b"\xff" * 9
    headers: dict[str, tuple[bytes, Verdict]] = {
        "countless files": (b"\1\5" + ones, "refused"),
        "countless streams": (b"\1\4\6\0" + ones, "refused"),
        "countless folders": (b"\1\4\7\x0b" + ones, "refused"),
        "countless coders": (b"\1\4\7\x0b\1\0" + ones, "damaged"),
        "no coder": (b"\1\4\7\x0b\1\0\0", "damaged"),
        "properties that do not end": (b"\1\5\1\x11" + ones, "damaged"),
        "an unknown property": (b"\1\x63", "damaged"),
        "a header that breaks off": (b"\1\4\6", "damaged"),
        "packed in nothing": (b"\x17\0", "damaged"),
        "20,001 files": (b"\1\5\xc0\x21\x4e", "refused"),
    }
    for name, (header, verdict) in headers.items():
        yield seven(name, with_header(header), verdict)
    for name in ("encrypted", "encrypted-names"):
        yield seven(name, (FIXTURES / "made" / f"{name}.cb7").read_bytes(), "encrypted")
    yield seven("filters that are rare", (FIXTURES / "made/bcj2.cb7").read_bytes(), "unread")
    yield seven("one of several", (FIXTURES / "made/volume.cb7.001").read_bytes(), "damaged")
    yield seven("bomb", seven_zip_bytes([("1.png", bytes(70 * 2**20))]), "refused")
    for name in ("../1.png", "a/../../1.png"):
        plain = "x" * len(name)
        texts = plain.encode("utf-16-le"), name.encode("utf-16-le")
        renamed = _with_plain_header(seven_zip_bytes([(plain, PNG)]), *texts)
        yield seven(f"a page named {name}", renamed, "refused")
    for name, raw in {"nothing": b"\0\0", "half a character": b"\0\xd8"}.items():
        renamed = _with_plain_header(
            seven_zip_bytes([("1.png", PNG), ("x", PNG)]), "x".encode("utf-16-le"), raw
        )
        yield seven(f"a page named {name}", renamed, "damaged")
    greedy = _with_plain_header(sound, LZMA2 + b"\x18", LZMA2 + b"\x28")
    yield seven("4 GiB of memory", greedy, "refused")
    yield seven("named .cb7, a ZIP", SOUND, "warn")
    yield kind("7z named .cbr", sound, "warn", suffix=".cbr")


def _with_plain_header(data: bytes, old: bytes, new: bytes) -> bytes:
    """Unpacks the header, which py7zr packs, and replaces something in it."""
    file = os.memfd_create("7z")
    try:
        os.write(file, data)
        window = Window(file)
        header = _header(window)
        header.byte()
        plain = _decoded_header(window, read_streams(header))
    finally:
        os.close(file)
    assert old in plain
    plain = plain.replace(old, new)
    offset = struct.unpack_from("<Q", data, 12)[0]
    start = struct.pack("<QQI", offset, len(plain), zlib.crc32(plain))
    head = data[:8] + struct.pack("<I", zlib.crc32(start)) + start
    return head + data[32 : 32 + offset] + plain
