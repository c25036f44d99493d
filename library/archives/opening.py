import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path

from library.archives.base import Entry, Format, Inspection, Reader, is_page
from library.archives.cb7 import SevenZipReader
from library.archives.cbr import RarReader
from library.archives.cbt import TarReader, is_tar
from library.archives.cbz import ZipReader
from library.archives.contents import contents_of
from library.archives.decoding import stream_decoder
from library.archives.exceptions import (
    ArchiveError,
    DamagedArchive,
    NotAComic,
    RefusedArchive,
)
from library.archives.images import ImageKind, read_head
from library.archives.tarheaders import BLOCK_BYTES, looks_like_tar
from library.archives.zipdirectory import has_end
from library.exceptions import FileChanged, FileProblem
from library.files import FileIdentity, opened_for_reading, plain_errors, sentence

_FORMAT_OF_SUFFIX: dict[str, Format] = {
    ".cbz": "cbz",
    ".cbr": "cbr",
    ".cb7": "cb7",
    ".cbt": "cbt",
}
_FORMAT_OF_START: tuple[tuple[bytes, Format], ...] = (
    (b"PK\x03\x04", "cbz"),
    (b"PK\x05\x06", "cbz"),
    (b"Rar!\x1a\x07\x00", "cbr"),
    (b"Rar!\x1a\x07\x01\x00", "cbr"),
    (b"7z\xbc\xaf\x27\x1c", "cb7"),
)
SUFFIXES = frozenset(_FORMAT_OF_SUFFIX)
UNWRITABLE = "Tags cannot be written into {} files. Convert it to CBZ first."


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    size: int
    crc: int | None
    """None where the container has none."""
    data: bytes


@dataclass(frozen=True, slots=True)
class PageInfo:
    name: str
    size: int
    crc: int | None
    kind: ImageKind
    width: int
    height: int
    """Width and height are 0 where the image's start does not tell."""


def inspect(path: Path) -> Inspection:
    """Say what the file is and whether it can be worked on; what is wrong is a verdict.

    The content decides on the container, never the suffix.
    """
    named = _FORMAT_OF_SUFFIX.get(path.suffix.lower(), "cbz")
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            return _not_a_file(mode, named)
        with opened_for_reading(path) as file:
            return _inspect_open(file, named)
    except OSError as error:
        return Inspection(named, "unread", sentence(error))


@contextmanager
def opened_archive(path: Path, *, expected: FileIdentity | None = None) -> Iterator[Reader]:
    """
    Raises:
        ArchiveError: it is no sound archive.
        FileChanged: it is not the expected file, or did not stay it.
        FileProblem: no permission, no such file and the like.
    """
    with (
        plain_errors(),
        opened_for_reading(path) as file,
        reader_of(file, expected=expected) as reader,
    ):
        yield reader


@contextmanager
def reader_of(file: int, *, expected: FileIdentity | None = None) -> Iterator[Reader]:
    """`opened_archive` for a file that is open. Raises ArchiveError, FileChanged, FileProblem."""
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode):
        raise FileProblem(_not_a_file(status.st_mode, "cbz").reason)
    identity = FileIdentity.of(status)
    if expected not in (None, identity):
        raise FileChanged
    yield open_reader(file)
    if FileIdentity.of(os.fstat(file)) != identity:
        raise FileChanged


def pages(path: Path, *, expected: FileIdentity | None = None) -> Iterator[Page]:
    """Every page with its bytes, in the order in which they lie in the archive.

    One page is in memory at a time. Raises as `opened_archive`, and `DamagedArchive` at the
    first page that is not what the archive promises.
    """
    with opened_archive(path, expected=expected) as reader:
        wanted = [entry for entry in reader.entries if is_page(entry.name)]
        yield from starmap(_page, reader.read(wanted))


def page_infos(path: Path, *, expected: FileIdentity | None = None) -> Iterator[PageInfo]:
    """What `pages` gives, with the image's kind and measures in place of its bytes."""
    return map(_info, pages(path, expected=expected))


# Called by `map`, which lets go of a page before it asks for the next one, as no loop does.
def _page(entry: Entry, data: bytes) -> Page:
    return Page(entry.name, entry.size, entry.crc, data)


def _info(page: Page) -> PageInfo:
    head = read_head(page.data)
    return PageInfo(page.name, page.size, page.crc, head.kind, head.width, head.height)


def open_reader(file: int) -> Reader:
    """Raises: ArchiveError."""
    return _READERS[container_of(file)](file)


def container_of(file: int) -> Format:
    """
    Raises:
        DamagedArchive: it is empty, starts with only zeros, or cannot be unpacked.
        NotAComic: it is something else.
        RefusedArchive: it is a ZIP file as well.
    """
    start = os.pread(file, BLOCK_BYTES, 0)
    if not start:
        raise DamagedArchive("The file is empty.")
    for mark, container in _FORMAT_OF_START:
        if start.startswith(mark):
            if container != "cbz" and has_end(file):
                raise RefusedArchive("It is two archives in one; programs would read either.")
            return container
    if start[257:262] == b"ustar" or looks_like_tar(start):
        return "cbt"
    if stream_decoder(start) and is_tar(file):
        return "cbt"
    if not any(start):
        raise DamagedArchive("The file starts with only zeros: its content was lost.")
    if has_end(file):
        raise NotAComic("There is something in front of the ZIP archive.")
    raise NotAComic("The file is not a comic archive.")


_READERS: dict[Format, Callable[[int], Reader]] = {
    "cbz": ZipReader,
    "cbr": RarReader,
    "cb7": SevenZipReader,
    "cbt": TarReader,
}


def _not_a_file(mode: int, named: Format) -> Inspection:
    if stat.S_ISDIR(mode):
        return Inspection(named, "not_a_comic", "It is a folder, not a file.")
    if stat.S_ISLNK(mode):
        return Inspection(named, "refused", "It is a link; links are not followed.")
    return Inspection(named, "refused", "It is not an ordinary file.")


def _inspect_open(file: int, named: Format) -> Inspection:
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode):
        return _not_a_file(status.st_mode, named)
    identity = FileIdentity.of(status)
    container = named
    try:
        container = container_of(file)
        reader = _READERS[container](file)
        contents = contents_of(reader)
        if isinstance(reader, RarReader):
            reader.check_decoder()
    except ArchiveError as error:
        return Inspection(container, error.verdict, str(error), identity=identity)
    if FileIdentity.of(os.fstat(file)) != identity:
        return Inspection(named, "unread", "The file is still being written.", identity=identity)
    lasting = contents.remark or (reader.remark if container == "cbz" else "")
    remark = lasting or reader.remark
    if container != named:
        remark = remark or f"It is a {container.upper()} file under the name .{named}."
    return Inspection(
        container,
        "warn" if remark else "ok",
        remark,
        contents.pages,
        contents.comicinfo,
        identity,
        contents.other_tags,
        _why_unwritable(reader, container),
        lasting,
        reader.remark,
    )


def _why_unwritable(reader: Reader, container: Format) -> str:
    if isinstance(reader, TarReader):
        return UNWRITABLE.format("compressed CBT") if reader.is_compressed else ""
    return "" if container == "cbz" else UNWRITABLE.format(container.upper())
