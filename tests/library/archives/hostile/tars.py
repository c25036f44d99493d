import bz2
import gzip
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator

from library.archives.exceptions import Verdict
from tests.library.archives.hostile.base import (
    SOUND,
    TWO,
    Kind,
    kind,
    replaced,
)
from tests.library.archives.test_cbt import tar_bytes


def tar_header(name: bytes = b"1.png", **fields: bytes) -> bytes:
    block = bytearray(512)
    values = {
        0: name,
        100: b"0000644\0",
        124: fields.get("size", b"00000000000\0"),
        136: b"00000000000\0",
        156: fields.get("kind", b"0"),
        157: fields.get("link", b""),
        257: b"ustar\x0000",
    }
    for offset, value in values.items():
        block[offset : offset + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def tars() -> Iterator[Kind]:
    sound, end = tar_bytes(TWO), bytes(1024)

    def tar(name: str, data: bytes, seen: Verdict, read: Verdict | None = None) -> Kind:
        return kind(f"tar: {name}", data, seen, read, suffix=".cbt")

    yield tar("cut in a header", sound[:1300], "damaged")
    yield tar("cut in a page", sound[:530], "damaged")
    yield tar("cut between pages", sound[:1024], "damaged")
    yield tar("no end", sound[:2048], "damaged")
    yield tar("sum wrong", replaced(1024 + 3, b"?", sound), "damaged")
    yield tar("first sum wrong", replaced(3, b"?", sound), "damaged")
    yield tar("something behind its end", sound + b"x", "damaged" if len(sound) < 2**18 else "ok")
    yield tar("size no number", sound[:1024] + tar_header(size=b"9z000000000\0") + end, "damaged")
    huge = tar_header(size=b"\x80" + b"\x7f" * 11)
    yield tar("size beyond all bounds", huge + end, "refused")
    yield tar("size negative", tar_header(size=b"\xff" * 12) + end, "damaged")
    yield tar("257 MiB, so it says", tar_header(size=b"02010000000\0") + end, "refused")
    yield tar("larger than the file", tar_header(size=b"00000100000\0") + end, "damaged")
    for mark in b"12346":
        header = tar_header(b"2.png", kind=bytes([mark]), link=b"/etc/passwd")
        yield tar(f"an entry of kind {mark:c}", header + sound, "warn")
    yield tar("a sparse file", tar_header(kind=b"S") + end, "refused")
    yield tar("an unknown kind", tar_header(kind=b"?") + end, "damaged")
    yield tar("a label in front", tar_header(kind=b"V") + tar_bytes(TWO), "ok")
    dotted = {f"./{name}": data for name, data in TWO.items()}
    yield tar("the folder itself in front of the names", tar_bytes(dotted), "ok")
    for name in (b"../1.png", b"/1.png", b"a/../1.png"):
        yield tar(f"a page named {name.decode()}", tar_header(name) + sound, "refused")
    long_name = tar_header(kind=b"L", size=b"00100000000\0") + bytes(2**20)
    yield tar("a name of 16 MiB", long_name + end, "refused")
    for record in (
        b"9999 path=x\n",
        b"0 path=x\n",
        b"x",
        b"5 path=1.png\n",
        b"12 size=abc\n",
        b"-9 a=b\n",
    ):
        pax = tar_header(kind=b"x", size=b"%011o\0" % len(record))
        yield tar(f"pax record {record!r}", pax + record.ljust(512, b"\0") + sound, "damaged")
    members = b"".join(tar_header(b"%d.png" % n) for n in range(20_001))
    yield tar("20,001 entries", members + end, "refused")
    yield tar("under the name .cbt, a ZIP", SOUND, "warn")
    yield kind("tar named .cbz", sound, "warn")
    big = tar_bytes({"1.png": bytes(70 * 2**20)})
    packers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lambda d: lzma.compress(d, preset=1),
    }  # fmt: skip
    for packer, pack in packers.items():
        packed = pack(sound)
        yield tar(f"{packer} cut off", packed[:-3], "damaged")
        yield tar(
            f"{packer} wrong in the middle",
            replaced(len(packed) // 2, b"\xff\0", packed),
            "damaged",
        )
        yield tar(f"{packer} bomb", pack(big), "refused")
        yield tar(f"{packer} twice", pack(packed), "not_a_comic")
    yield tar("xz that wants 1.5 GiB", _xz_with_large_window(sound), "refused")


def _xz_with_large_window(data: bytes) -> bytes:
    """Only the block header's dictionary size is changed, and its sum."""
    packed = bytearray(lzma.compress(data, preset=0))
    size = (packed[12] + 1) * 4
    at = packed.index(b"\x21\x01", 12) + 2
    packed[at] = 37
    packed[12 + size - 4 : 12 + size] = struct.pack("<I", zlib.crc32(packed[12 : 12 + size - 4]))
    return bytes(packed)
