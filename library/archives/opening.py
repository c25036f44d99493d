import os
import stat
from pathlib import Path

from library.archives.base import Format, Inspection
from library.archives.cbz import read_contents
from library.archives.exceptions import ArchiveError, DamagedArchive, NotAComic, UnreadFormat
from library.files import FileIdentity, opened_for_reading, sentence

_FORMAT_OF_SUFFIX: dict[str, Format] = {
    ".cbz": "cbz",
    ".cbr": "cbr",
    ".cb7": "cb7",
    ".cbt": "cbt",
}
_FORMAT_OF_START: tuple[tuple[bytes, Format], ...] = (
    (b"PK\x03\x04", "cbz"),
    (b"PK\x05\x06", "cbz"),
    (b"Rar!\x1a\x07", "cbr"),
    (b"7z\xbc\xaf\x27\x1c", "cb7"),
)
_TAR_MARK = slice(257, 262)
SUFFIXES = frozenset(_FORMAT_OF_SUFFIX)


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
        container = _container(file, named)
        if container != "cbz":
            raise UnreadFormat(f"{container.upper()} files cannot be read yet.")
        contents = read_contents(file)
    except ArchiveError as error:
        return Inspection(container, error.verdict, str(error), identity=identity)
    if FileIdentity.of(os.fstat(file)) != identity:
        return Inspection(named, "unread", "The file is still being written.", identity=identity)
    remark = contents.remark
    if container != named:
        remark = remark or f"It is a {container.upper()} file under the name .{named}."
    return Inspection(
        container,
        "warn" if remark else "ok",
        remark,
        contents.pages,
        contents.comicinfo,
        identity,
    )


def _container(file: int, named: Format) -> Format:
    start = os.pread(file, 512, 0)
    if not start:
        raise DamagedArchive("The file is empty.")
    for mark, container in _FORMAT_OF_START:
        if start.startswith(mark):
            return container
    if start[_TAR_MARK] == b"ustar":
        return "cbt"
    if not any(start):
        raise DamagedArchive("The file holds only zeros: its content was lost.")
    raise NotAComic("The file is not a comic archive.")
