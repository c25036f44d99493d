"""What every container's reader gives, and the limits that hold for all of them."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Protocol

from library.archives.exceptions import RefusedArchive, Verdict
from library.files import FileIdentity

Format = Literal["cbz", "cbr", "cb7", "cbt"]
TagKind = Literal["comicinfo", "metroninfo", "comet", "comicbookinfo"]

MAX_ENTRIES = 20_000
MAX_MEMBER_BYTES = 256 * 2**20
MAX_TOTAL_BYTES = 8 * 2**30
MAX_RATIO = 100
RATIO_MATTERS_FROM_BYTES = 64 * 2**20
MAX_XML_BYTES = 2 * 2**20
MAX_NAME_CHARACTERS = 1024
MAX_NAMES_CHARACTERS = 2 * 2**20
"""For all names of an archive together."""
MAX_TABLE_BYTES = 4 * 2**20
"""For a table of contents whose entries may be of any length."""
MAX_WINDOW_BYTES = 128 * 2**20
"""How much memory a compressed archive may ask for to be unpacked."""

_IMAGES = ".jpg .jpeg .jpe .jfif .png .gif .webp .avif .jxl .bmp .tif .tiff .heic .heif"
PAGE_SUFFIXES = frozenset(_IMAGES.split())
_DIGITS = re.compile("[0-9]+")
_OUT_OF_ARCHIVE = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:[/\\]|\0")


@dataclass(frozen=True, slots=True)
class Entry:
    """An ordinary file in an archive, as the archive describes it."""

    index: int
    """Its place among all that the archive lists, folders and links included."""
    name: str
    size: int
    crc: int | None = None
    """CRC-32 of its bytes; None where the container has none."""
    modified: datetime | None = None
    """Naive where the container keeps local time without saying of which place. None for ZIP's:
    they stay where they are."""


class Reader(Protocol):
    """An archive whose table of contents has been read and is within the limits."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """In the order in which they lie in the archive."""

    @property
    def comment(self) -> bytes: ...

    @property
    def remark(self) -> str:
        """What a person should know although everything can be read; mostly empty."""

    def read(self, wanted: Collection[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """The wanted files with their bytes, in the archive's order and in one pass.

        Only one of them is in memory at a time. Sizes and sums have been compared.

        Raises:
            DamagedArchive: the bytes are not what the archive promises.
            UnreadFormat: no installed library can unpack it.
        """


@dataclass(frozen=True, slots=True)
class TagDocument:
    kind: TagKind
    data: bytes


@dataclass(frozen=True)
class Contents:
    """What a readable archive holds."""

    pages: tuple[str, ...]
    """In reading order, named as in the archive."""
    comicinfo: bytes | None
    remark: str = ""
    """What a person should know of them although everything could be read."""
    other_tags: tuple[TagDocument, ...] = ()
    """Tags in other formats than ComicInfo.xml, those that count first in front."""


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
    other_tags: tuple[TagDocument, ...] = ()
    unwritable: str = ""
    """Why tags cannot be written into it, as a sentence; empty where they can."""
    reason_as_cbz: str = ""
    """What is left of the reason once it is a .cbz under the right suffix."""
    omission: str = ""
    """What it holds and no reader gives, as a sentence; a copy in another container lacks it."""

    @property
    def is_readable(self) -> bool:
        return self.verdict in ("ok", "warn")

    def as_cbz(self) -> "Inspection":
        """What a look at a readable archive says after its conversion."""
        reason = self.reason_as_cbz
        verdict: Verdict = "warn" if reason else "ok"
        return replace(self, format="cbz", verdict=verdict, reason=reason, unwritable="")


def reading_order(names: Iterable[str]) -> tuple[str, ...]:
    """The pages among the names, folder by folder, with 2 before 10."""
    return tuple(sorted(filter(is_page, names), key=natural_key))


def is_page(name: str) -> bool:
    stem, dot, suffix = name.rpartition(".")
    if not stem or f"{dot}{suffix}".lower() not in PAGE_SUFFIXES:
        return False
    return not any(part.startswith(".") or part == "__MACOSX" for part in parts_of(name))


def parts_of(name: str) -> list[str]:
    """Folders and file name; "./1.png", as `tar` writes it of a folder, is "1.png"."""
    if "/" not in name and "\\" not in name:
        return [name]
    return [part for part in name.replace("\\", "/").split("/") if part != "."]


def choose_comicinfo(names: Iterable[str]) -> str | None:
    """The name that holds the comic's tags: the one at the root, else the only one in a folder.

    Several in different folders belong to parts of the comic, not to the whole of it.
    """
    return choose_named(names, "comicinfo.xml")


def choose_named(names: Iterable[str], wanted: str) -> str | None:
    """`choose_comicinfo` for any tag file; `wanted` is its name in small letters."""
    candidates = [name for name in names if _is_named(name, wanted)]
    at_root = [name for name in candidates if len(parts_of(name)) == 1]
    if at_root:
        return at_root[-1]
    return candidates[-1] if len({name.lower() for name in candidates}) == 1 else None


def check_name(name: str) -> None:
    """Raises: RefusedArchive."""
    if len(name) > MAX_NAME_CHARACTERS:
        raise RefusedArchive("The archive holds an overlong name.")
    if _OUT_OF_ARCHIVE.search(name):
        raise RefusedArchive("The archive holds an entry that points out of it.")


class Tally:
    """What an archive's table of contents adds up to, counted while it is read.

    Its methods raise RefusedArchive.
    """

    def __init__(self) -> None:
        self._headers = self._bytes = self._characters = 0

    def header(self, size: int = 0) -> None:
        """Any header, whether an entry comes of it or not; its size where it may be large."""
        self._headers += 1
        self._bytes += size
        check_count(self._headers)
        if self._bytes > MAX_TABLE_BYTES:
            raise table_too_large()

    def name(self, name: str) -> None:
        check_name(name)
        self._characters += len(name)
        if self._characters > MAX_NAMES_CHARACTERS:
            raise RefusedArchive("The names in the archive are too long taken together.")


def table_too_large() -> RefusedArchive:
    return RefusedArchive("The archive's table of contents is too large.")


def check_count(entries: int) -> None:
    if entries > MAX_ENTRIES:
        raise RefusedArchive(f"The archive has {entries:,} entries; {MAX_ENTRIES:,} are allowed.")


def check_size(size: int) -> None:
    if size > MAX_MEMBER_BYTES:
        raise RefusedArchive("The archive holds an entry of more than 256 MiB.")


def check_total(size: int, packed_size: int) -> None:
    """For all entries together."""
    if size > MAX_TOTAL_BYTES:
        raise RefusedArchive("The archive would unpack to more than 8 GiB.")
    check_ratio(size, packed_size)


def check_ratio(size: int, packed_size: int) -> None:
    if size > RATIO_MATTERS_FROM_BYTES and size > MAX_RATIO * packed_size:
        raise RefusedArchive("The archive would unpack to suspiciously much.")


def check_window(size: int) -> None:
    if size > MAX_WINDOW_BYTES:
        raise RefusedArchive(
            f"The archive needs {size >> 20:,} MiB of memory to be unpacked; 128 are allowed."
        )


def _is_named(name: str, wanted: str) -> bool:
    if not name.lower().endswith(wanted):
        return False
    *folders, base = parts_of(name.lower())
    return base == wanted and "__macosx" not in folders


def natural_key(name: str) -> tuple[str, ...]:
    """Sorts paths folder by folder, with 2 before 10."""
    parts = parts_of(name.casefold())
    return (*(_DIGITS.sub(_by_length, part) for part in parts), name)


def _by_length(found: re.Match[str]) -> str:
    """Digits sort by length without leading zeros, then as text: no number is too long for it.

    The NUL comes before whatever another name has in their place.
    """
    digits = found[0].lstrip("0")
    return f"\0{chr(len(digits))}{digits}"
