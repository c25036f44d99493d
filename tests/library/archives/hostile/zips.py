import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from library.archives.exceptions import Verdict
from tests.library.archives.hostile.base import (
    CENTRAL,
    END,
    LOCAL2,
    PNG,
    SECOND,
    SOUND,
    TWO,
    XML,
    Kind,
    kind,
    replaced,
)
from tests.library.archives.making import FIXTURES, zip_bytes
from tests.library.archives.rar_making import rar5_bytes


def _both(local: int, central: int, data: bytes, base: bytes = SOUND) -> bytes:
    """The same field in the first entry's local and central header."""
    return replaced(CENTRAL + central, data, replaced(local, data, base))


def zips() -> Iterator[Kind]:
    for part in (1, 2, 3):
        yield kind(f"ZIP cut at {part}/4", SOUND[: len(SOUND) * part // 4], "damaged")
    yield kind("ZIP without last byte", SOUND[:-1], "damaged")
    yield kind("ZIP without end", SOUND[:END], "damaged")
    yield kind("ZIP without directory", SOUND[:CENTRAL], "damaged")
    yield kind("ZIP start only", b"PK\3\4", "damaged")
    yield kind("ZIP that is empty", zip_bytes({}), "not_a_comic")
    yield kind("something after a ZIP", SOUND + b"x", "damaged")
    yield kind("zeros after a ZIP", SOUND + bytes(70_000), "damaged")
    yield kind("two ZIPs in a row", SOUND + SOUND, "damaged")
    yield kind("a hole in a ZIP", SOUND[:40] + SOUND[50:], "damaged")
    yield kind("bytes put into a ZIP", SOUND[:40] + b"??" + SOUND[40:], "damaged")
    yield kind("zeros in a ZIP's directory", replaced(CENTRAL, bytes(30)), "damaged")
    yield kind("count too large", replaced(END + 8, b"\3\0\3\0"), "damaged")
    yield kind("count too small", replaced(END + 8, b"\1\0\1\0"), "damaged")
    yield kind("counts that disagree", replaced(END + 8, b"\1\0\2\0"), "damaged")
    yield kind("count of all ones", replaced(END + 8, b"\xff\xff\xff\xff"), "refused")
    yield kind("directory offset wrong", replaced(END + 16, b"\1"), "damaged")
    yield kind("directory size wrong", replaced(END + 12, b"\xff"), "damaged")
    yield kind("several disks", replaced(END + 4, b"\1\0\1\0"), "damaged")
    yield kind("comment cut off", replaced(END + 20, b"\x09"), "damaged")
    hidden = zip_bytes(TWO, comment=b"PK\5\6" + bytes(18))
    yield kind("an end within the comment", hidden, "refused")
    loose = zip_bytes(TWO, comment=b"PK\5\6" + bytes(30))
    yield kind("an end within the comment that ends before it", loose, "refused")
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, 2**60, 1)
    yield kind("zip64 end nowhere", SOUND[:END] + locator + SOUND[END:], "damaged")
    wide = struct.pack(
        "<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2**60, 2**60, END - CENTRAL, CENTRAL
    )
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, END, 1)
    full = b"PK\5\6\0\0\0\0" + b"\xff" * 12 + b"\0\0"
    yield kind("zip64 with countless entries", SOUND[:END] + wide + locator + full, "refused")
    yield kind("central signature wrong", replaced(SECOND, b"PK\1\3"), "damaged")
    yield kind("local signature wrong", replaced(LOCAL2, b"PK\3\5"), "damaged")
    yield kind("central name length wrong", replaced(CENTRAL + 28, b"\x90"), "damaged")
    yield kind("central extra length wrong", replaced(CENTRAL + 30, b"\xff\xff"), "damaged")
    yield kind("local name length wrong", replaced(26, b"\xff"), "refused")
    yield kind("local extra length wrong", replaced(28, b"\xff\xff"), "damaged")
    yield kind("local offset wrong", replaced(SECOND + 42, b"\3"), "damaged")
    yield kind("local offset outside", replaced(SECOND + 42, b"\xff\xff\xff\x7f"), "damaged")
    yield kind("overlapping entries", replaced(SECOND + 42, bytes(4)), "refused")
    yield kind("local name another", replaced(30, b"9"), "refused")
    yield kind("method another", replaced(8, b"\x08"), "damaged")
    yield kind("sum only locally wrong", replaced(14, b"?"), "damaged")
    yield kind("sum wrong", _both(14, 16, b"????"), "ok", "damaged")
    yield kind("a page's byte wrong", replaced(30 + 5 + 20, b"?"), "ok", "damaged")
    yield kind("size larger than the file", _both(18, 20, b"\xff\xff\0\0\xff\xff\0\0"), "refused")
    yield kind("sizes of a stored entry differ", _both(22, 24, b"\1\0"), "damaged")
    yield kind("encrypted", _both(6, 8, b"\1"), "encrypted")
    yield kind("encrypted in one header only", replaced(CENTRAL + 8, b"\1"), "damaged")
    yield kind("unknown method", _both(8, 10, b"\x4d"), "warn", "unread")
    wide = struct.pack("<2H2Q", 1, 16, 1, 1)
    full = replaced(18, b"\xff" * 8, _with_local_extra(wide))
    yield kind("sizes only locally wrong, as zip64", full, "damaged")
    alias = struct.pack("<BI", 1, zlib.crc32(b"1.png")) + b"../1.png"
    alias = struct.pack("<2H", 0x7075, len(alias)) + alias
    yield kind("local name another, in Unicode", _with_local_extra(alias), "refused")
    for name, frame in {
        "Zstandard that is damaged": b"\x28\xb5\x2f\xfd" + b"\xff" * 60,
        "Zstandard that wants 2 GiB": b"\x28\xb5\x2f\xfd\0\xa8" + bytes(54),
    }.items():
        base = zip_bytes({"1.png": PNG, "ComicInfo.xml": frame})
        sizes = struct.pack("<2I", len(frame), 10_000)
        data = base.replace(struct.pack("<2I", len(frame), len(frame)), sizes)
        start, central = base.index(b"PK\3\4", 4), base.rindex(b"PK\1\2")
        data = replaced(central + 10, b"\x5d", replaced(start + 8, b"\x5d", data))
        yield kind(name, data, "refused" if "wants" in name else "damaged")
    for name in ("encrypted", "encrypted-aes"):
        yield kind(
            f"{name} by 7-Zip", (FIXTURES / "made" / f"{name}.cbz").read_bytes(), "encrypted"
        )
    packed = zip_bytes({"1.png": PNG * 30}, compression=8)
    yield kind("deflated bytes wrong", replaced(45, b"\xff\xff\xff", packed), "ok", "damaged")
    odd = zip_bytes({"1.png": PNG, "ComicInfo.xml": XML}).replace(b"Moss", b"Mess", 1)
    yield kind("ComicInfo.xml's sum wrong", odd, "damaged")
    yield kind("ZIP named .cbr", SOUND, "warn", suffix=".cbr")
    yield kind("RAR within a ZIP", zip_bytes({"a.rar": rar5_bytes(TWO)}), "not_a_comic")
    yield kind("ZIP within a ZIP", zip_bytes({"a.cbz": SOUND}), "not_a_comic")
    quine = SOUND[:CENTRAL] + SOUND[CENTRAL:END] * 9999
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 19998, 19998, len(quine) - CENTRAL, CENTRAL, 0)
    yield kind("9,999 times the same entries", quine + end, "refused")


def _with_local_extra(extra: bytes) -> bytes:
    """In the first entry's local header."""
    local = replaced(28, struct.pack("<H", len(extra)))
    data = local[:35] + extra + local[35:]
    moved = CENTRAL + len(extra)
    data = replaced(SECOND + len(extra) + 42, struct.pack("<I", LOCAL2 + len(extra)), data)
    return replaced(END + len(extra) + 16, struct.pack("<I", moved), data)


def zip_names() -> Iterator[Kind]:
    names: dict[str, Verdict] = {
        "../1.png": "refused",
        "a/../../1.png": "refused",
        "a\\..\\1.png": "refused",
        "/etc/1.png": "refused",
        "\\\\server\\1.png": "refused",
        "C:\\1.png": "refused",
        "c:/1.png": "refused",
        "x" * 5000 + ".png": "refused",
        "a/" * 500 + "1.png": "ok",
        "b/" * 600 + "1.png": "refused",
        "1..png": "ok",
        "./1.png": "ok",
        "./.1.png": "not_a_comic",
        "..1.png": "not_a_comic",
        "con.png": "ok",
        "a\nb\x1b[31m.png": "ok",
        "1.png ": "not_a_comic",
        "\u202egnp.1.png": "ok",
    }
    for name, verdict in names.items():
        yield kind(f"a page named {name[:20]!r}", zip_bytes({name: PNG}), verdict)
    yield kind("a NUL in a name", SOUND.replace(b"2.png", b"2\0png"), "refused")
    yield kind("names that are no UTF-8", SOUND.replace(b"2.png", b"\xff.png"), "ok")
    yield kind("two pages of one name", SOUND.replace(b"2.png", b"1.png"), "warn")
    yield kind("only folders", zip_bytes({"a/": b"", "1.png/": b""}), "not_a_comic")
    yield kind(
        "only hidden files", zip_bytes({"._1.png": PNG, "__MACOSX/1.png": PNG}), "not_a_comic"
    )
    twice = zip_bytes({"1.png": PNG, "ComicInfo.xml": XML, "comicinfo.xml": XML})
    yield kind("two ComicInfo.xml", twice, "warn")
    yield kind("ComicInfo.xml as a folder", zip_bytes({"1.png": PNG, "ComicInfo.xml/": b""}), "ok")
    for mode, verdict in ((0o120777, "warn"), (0o010644, "warn"), (0o020644, "warn")):
        data = replaced(SECOND + 38, struct.pack("<I", mode << 16), replaced(SECOND + 5, b"\3"))
        yield kind(f"a page of mode {mode:o}", data, verdict)  # type: ignore[arg-type]


def zip_bombs() -> Iterator[Kind]:
    zeros = bytes(65 * 2**20)
    bomb = zip_bytes({"1.png": zeros}, compression=8)
    yield kind("bomb", bomb, "refused")
    yield kind("bomb with bzip2", zip_bytes({"1.png": zeros}, compression=12), "refused")
    yield kind("bomb with LZMA", zip_bytes({"1.png": zeros}, compression=14), "refused")
    many = zip_bytes({f"{n}.png": zeros[: 2**20] for n in range(70)}, compression=8)
    yield kind("bomb of many pages", many, "refused")
    tags = zip_bytes({"1.png": PNG, "ComicInfo.xml": zeros[: 2**21 + 1]}, compression=8)
    yield kind("ComicInfo.xml as a bomb", tags, "refused")
    small = _size_of_first(bomb, 1000)
    yield kind("bomb that says it is small", small, "ok", "damaged")
    yield kind("a page of 257 MiB, so it says", _size_of_first(bomb, 257 * 2**20), "refused")
    tags = zip_bytes({"ComicInfo.xml": zeros, "1.png": PNG}, compression=8)
    yield kind("tags that say they are small", _size_of_first(tags, 1000), "damaged")
    window = bytearray(zip_bytes({"1.png": PNG * 9}, compression=14))
    window[35 + 5 : 35 + 9] = b"\xff\xff\xff\xff"
    yield kind("LZMA that wants 4 GiB", bytes(window), "ok", "refused")
    yield kind("20,001 entries", zip_bytes([(f"{n}.png", b"") for n in range(20_001)]), "refused")
    yield kind("100,000 entries", _hundred_thousand(), "refused")
    yield Kind("9 GiB, so it says", _nine_gibibytes, "refused", "refused")


def _size_of_first(data: bytes, size: int) -> bytes:
    central = data.index(b"PK\1\2")
    packed = struct.pack("<I", size)
    return replaced(central + 24, packed, replaced(22, packed, data))


def _local(name: bytes, sizes: tuple[int, int, int], method: int = 0) -> bytes:
    fields = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, method, 0, 33, *sizes, len(name), 0)
    return fields + name


def _central(name: bytes, sizes: tuple[int, int, int], offset: int, method: int = 0) -> bytes:
    fields = (20, 20, 0, method, 0, 33, *sizes, len(name), 0, 0, 0, 0, 0, offset)
    return struct.pack("<4s6H3I5H2I", b"PK\1\2", *fields) + name


def _hundred_thousand() -> bytes:
    names = [b"%06d.png" % n for n in range(100_000)]
    empty = (0, 0, 0)
    local = b"".join(_local(name, empty) for name in names)
    central = b"".join(_central(name, empty, 40 * n) for n, name in enumerate(names))
    at, size = len(local), len(central)
    wide = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 100_000, 100_000, size, at)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, at + size, 1)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, size, at, 0)
    return local + central + wide + locator + end


def _nine_gibibytes(path: Path) -> None:
    """40 pages of 230 MiB each, at a ratio that is not suspicious in itself."""
    sizes, step = (0, 2_500_000, 230 * 2**20), 2_500_100
    names = [b"%02d.png" % n for n in range(40)]
    central = b"".join(_central(name, sizes, step * n, 8) for n, name in enumerate(names))
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 40, 40, len(central), step * 40, 0)
    with path.open("wb") as file:
        for n, name in enumerate(names):
            file.seek(step * n)
            file.write(_local(name, sizes, 8))
        file.seek(step * 40)
        file.write(central + end)
