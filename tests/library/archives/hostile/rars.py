from collections.abc import Iterator
from functools import partial
from typing import Any

from library.archives.exceptions import Verdict
from tests.library.archives.hostile.base import PNG, SOUND, TWO, Kind, kind, replaced
from tests.library.archives.making import FIXTURES
from tests.library.archives.rar_making import (
    RAR4,
    RAR4_END,
    RAR4_MAIN,
    RAR5,
    RAR5_END,
    RAR5_MAIN,
    rar4_block,
    rar4_bytes,
    rar4_file,
    rar5_block,
    rar5_bytes,
    rar5_file,
    vint,
)

page4 = partial(rar4_file, b"1.png", PNG)
page5 = partial(rar5_file, b"1.png", PNG)
PACKED = 0x180
"""RAR5's compression info of the usual method with the smallest window."""


def rars() -> Iterator[Kind]:
    old, new = rar4_bytes(TWO), rar5_bytes(TWO)

    def rar(name: str, data: bytes, seen: Verdict, read: Verdict | None = None) -> Kind:
        return kind(f"RAR {name}", data, seen, read, suffix=".cbr")

    for form, sound, at in (("4", old, 60), ("5", new, 60)):
        for part in (1, 2, 3):
            yield rar(f"{form} cut at {part}/4", sound[: len(sound) * part // 4], "damaged")
        yield rar(f"{form} start only", sound[:8], "damaged")
        yield rar(f"{form} a header's byte wrong", replaced(22, b"??", sound), "damaged")
        yield rar(f"{form} a page's byte wrong", replaced(at + 40, b"??", sound), "ok", "damaged")
        yield rar(f"{form} something behind its end", sound + b"x" * 99, "ok")
        yield rar(f"{form} a ZIP behind its end", sound + SOUND, "refused")
        yield kind(f"RAR {form} named .cbz", sound, "warn")
    yield rar("4 no end", RAR4 + RAR4_MAIN + page4(), "damaged")
    yield rar("5 no end", RAR5 + RAR5_MAIN + page5(), "damaged")
    yield rar("4 nothing in it", RAR4 + RAR4_MAIN + RAR4_END, "not_a_comic")
    yield rar("5 nothing in it", RAR5 + RAR5_MAIN + RAR5_END, "not_a_comic")
    yield rar("4 block of no size", RAR4 + RAR4_MAIN + bytes([0, 0, 0x74, 0, 0, 0, 0]), "damaged")
    yield rar("5 block of no size", RAR5 + RAR5_MAIN + bytes(9), "damaged")
    yield rar("5 endless number", RAR5 + RAR5_MAIN + bytes(4) + b"\xff" * 20, "damaged")
    yield rar("5 header of 3 MiB", RAR5 + bytes(4) + vint(3 * 2**20) + bytes(99), "damaged")
    four: dict[str, tuple[Any, ...]] = {
        "another sum": (page4(crc=7), "ok", "damaged"),
        "sizes that differ": (page4(size=9), "damaged"),
        "more than there is": (
            page4(packed_size=9999, size=9999),
            "damaged",
            "damaged",
        ),
        "garbage to unpack": (page4(method=0x33), "ok", "damaged"),
        "256 MiB and more": (
            page4(method=0x33, size=2**29),
            "refused",
            "refused",
        ),
        "suspiciously much": (
            page4(method=0x33, size=2**28),
            "refused",
            "refused",
        ),
        "a password": (page4(flags=4), "encrypted"),
        "a part of a page": (page4(flags=1), "damaged"),
        "a link": (
            rar4_file(b"1.png", b"/etc", mode=0o120777) + rar4_file(b"2.png", PNG),
            "warn",
            "warn",
        ),
        "a way out": (rar4_file(b"..\\1.png", PNG), "refused"),
        "an absolute name": (rar4_file(b"/1.png", PNG), "refused"),
        "two of one name": (page4() * 2, "warn"),
        "no name": (rar4_file(b"", PNG) + page4(), "ok"),
        "odd packed names": (
            rar4_file(b"1.png\0\xff\xff\xff\xff", PNG, flags=0x200),
            "not_a_comic",
            "not_a_comic",
        ),
        "20,001 entries": (rar4_file(b"1.png", b"") * 20_001, "refused"),
    }
    for name, (files, *verdicts) in four.items():
        yield rar(f"4 {name}", RAR4 + RAR4_MAIN + files + RAR4_END, *verdicts)
    flagged = {"encrypted headers": (0x80, "encrypted"), "a volume": (1, "damaged")}
    for name, (flags, verdict) in flagged.items():
        main = rar4_block(0x73, flags, bytes(6))
        yield rar(f"4 {name}", RAR4 + main + page4() + RAR4_END, verdict)  # type: ignore[arg-type]
    five: dict[str, tuple[Any, ...]] = {
        "another sum": (page5(crc=7), "ok", "damaged"),
        "sizes that differ": (page5(size=9), "damaged"),
        "more than there is": (
            page5(data_size=9999, size=9999),
            "damaged",
            "damaged",
        ),
        "garbage to unpack": (page5(compression=PACKED), "ok", "damaged"),
        "256 MiB and more": (
            page5(compression=PACKED, size=2**40),
            "refused",
            "refused",
        ),
        "suspiciously much": (
            page5(compression=PACKED, size=2**28),
            "refused",
            "refused",
        ),
        "4 GiB of memory": (
            page5(compression=PACKED | 15 << 10),
            "refused",
            "refused",
        ),
        "a size unknown": (page5(file_flags=8), "damaged"),
        "a part of a page": (page5(flags=8), "damaged"),
        "a password": (page5(extra=vint(2) + b"\1\0"), "encrypted"),
        "a link": (
            rar5_file(b"1.png", b"", extra=b"\4\5\1\0\0") + rar5_file(b"2.png", PNG),
            "warn",
            "warn",
        ),
        "an extra that does not end": (
            page5(extra=b"\x7f\1"),
            "damaged",
            "damaged",
        ),
        "a way out": (rar5_file(b"../1.png", PNG), "refused"),
        "a drive": (rar5_file(b"C:/1.png", PNG), "refused"),
        "a name of 1 MiB": (rar5_file(b"a" * 2**20 + b".png", PNG), "refused"),
        "a name that is no UTF-8": (rar5_file(b"\xff.png", PNG), "ok"),
        "two of one name": (page5() * 2, "warn"),
        "20,001 entries": (rar5_file(b"1.png", b"") * 20_001, "refused"),
    }
    for name, (files, *verdicts) in five.items():
        yield rar(f"5 {name}", RAR5 + RAR5_MAIN + files + RAR5_END, *verdicts)
    yield rar("5 encrypted headers", RAR5 + rar5_block(4, bytes(30)) + bytes(99), "encrypted")
    yield rar("5 a volume", RAR5 + rar5_block(1, vint(1)) + page5(), "damaged")
    for name in ("rar202-comment-psw", "rar3-comment-hpsw", "rar5-hpsw", "rar5-psw-blake"):
        yield rar(
            f"made with a password, {name}",
            (FIXTURES / f"rarfile/{name}.rar").read_bytes(),
            "encrypted",
        )
    evil = (FIXTURES / "rarfile/rar5-evil-symlink-traversal.rar").read_bytes()
    yield rar("5 a link as the way out", evil, "not_a_comic")
