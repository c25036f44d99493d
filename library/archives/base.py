import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from library.archives.exceptions import Verdict
from library.files import FileIdentity

Format = Literal["cbz", "cbr", "cb7", "cbt"]

MAX_ENTRIES = 20_000
MAX_MEMBER_BYTES = 256 * 2**20
MAX_TOTAL_BYTES = 8 * 2**30
MAX_RATIO = 100
RATIO_MATTERS_FROM_BYTES = 64 * 2**20
MAX_XML_BYTES = 2 * 2**20

_IMAGES = ".jpg .jpeg .jpe .jfif .png .gif .webp .avif .jxl .bmp .tif .tiff .heic .heif"
PAGE_SUFFIXES = frozenset(_IMAGES.split())


@dataclass(frozen=True)
class Contents:
    """What a readable archive holds."""

    pages: tuple[str, ...]
    """In reading order, named as in the archive."""
    comicinfo: bytes | None
    remark: str = ""
    """What a person should know although everything could be read."""


@dataclass(frozen=True)
class Inspection:
    format: Format
    verdict: Verdict
    reason: str = ""
    """A sentence for a person; empty when all is well."""
    pages: tuple[str, ...] = ()
    comicinfo: bytes | None = None
    identity: FileIdentity | None = None
    """None when there is no regular file that could be opened."""

    @property
    def is_readable(self) -> bool:
        return self.verdict in ("ok", "warn")


def reading_order(names: Iterable[str]) -> tuple[str, ...]:
    """The pages among the names, folder by folder, with 2 before 10."""
    return tuple(sorted(filter(is_page, names), key=_natural_key))


def is_page(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    if name.endswith("/") or path.suffix.lower() not in PAGE_SUFFIXES:
        return False
    return not any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def choose_comicinfo(names: Iterable[str]) -> str | None:
    """The name that holds the comic's tags: the one at the root, else the only one in a folder.

    Several in different folders belong to parts of the comic, not to the whole of it.
    """
    candidates = [name for name in names if _is_comicinfo(name)]
    at_root = [name for name in candidates if "/" not in name]
    if at_root:
        return at_root[-1]
    return candidates[-1] if len({name.lower() for name in candidates}) == 1 else None


def _is_comicinfo(name: str) -> bool:
    *folders, base = name.lower().split("/")
    return base == "comicinfo.xml" and "__macosx" not in folders


def _natural_key(name: str) -> tuple[list[tuple[int, str]], ...]:
    parts = name.replace("\\", "/").casefold().split("/")
    return (*(_chunks(part) for part in parts), [(0, name)])


def _chunks(text: str) -> list[tuple[int, str]]:
    """Digits sort by length without leading zeros, then as text: no number is too long for it."""
    return [
        (len(chunk.lstrip("0")), chunk.lstrip("0")) if chunk.isdecimal() else (0, chunk)
        for chunk in re.split(r"([0-9]+)", text)
    ]
