from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from library.archives.exceptions import Verdict
from tests.library.archives.making import zip_bytes

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0:~\x9bU"
    b"\0\0\0\nIDATx\x9cc`\0\0\0\2\0\1H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82"
)
TWO = {"1.png": PNG, "2.png": PNG}
XML = b"<ComicInfo><Series>Moss</Series></ComicInfo>"


@dataclass(frozen=True)
class Kind:
    name: str
    make: Callable[[Path], None]
    """Puts the file (or whatever it is) under the path."""
    seen: Verdict
    read: Verdict
    suffix: str = ".cbz"


def kind(
    name: str, data: bytes, seen: Verdict, read: Verdict | None = None, *, suffix: str = ".cbz"
) -> Kind:
    return Kind(name, lambda path: void(path.write_bytes(data)), seen, read or seen, suffix)


def void(_: object) -> None:
    pass


SOUND = zip_bytes(TWO)
CENTRAL = SOUND.index(b"PK\1\2")
SECOND = SOUND.index(b"PK\1\2", CENTRAL + 1)
END = SOUND.index(b"PK\5\6")
LOCAL2 = SOUND.index(b"PK\3\4", 4)


def replaced(offset: int, data: bytes, base: bytes = SOUND) -> bytes:
    return base[:offset] + data + base[offset + len(data) :]
