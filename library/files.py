import ctypes
import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from library.exceptions import ComicError, FileProblem

_SENTENCES = {
    errno.ENOENT: "The file is no longer there.",
    errno.ENOTDIR: "The file's folder is no longer there.",
    errno.EACCES: "No permission for this file or its folder.",
    errno.EPERM: "No permission for this file or its folder.",
    errno.ENOSPC: "The disk is full.",
    errno.EDQUOT: "The disk quota is used up.",
    errno.EROFS: "The disk is read-only.",
    errno.ENAMETOOLONG: "The name is too long for this disk.",
    errno.EIO: "The disk reported a read or write error.",
    errno.ELOOP: "The file is a link; links are not followed.",
    errno.ESTALE: "The network share lost the file.",
}


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """What tells that a file is still the one that was read."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "FileIdentity":
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    def within(self, folder: int) -> "FileIdentity":
        """The same file, as seen in an open folder: devices get new numbers when they are mounted
        again, and all files of one folder are on one device."""
        return replace(self, device=os.fstat(folder).st_dev)


def sentence(error: OSError) -> str:
    return _SENTENCES.get(error.errno or 0) or f"The system said: {error.strerror or error}."


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn the system's errors into `FileProblem` with a sentence for a person."""
    try:
        yield
    except OSError as error:
        raise FileProblem(sentence(error)) from error


T = TypeVar("T")


def try_each(
    subjects: Iterable[T], step: Callable[[T], object], problems: dict[T, ComicError]
) -> None:
    """Take a step with each subject that has no problem yet.

    What goes wrong is a problem of that one alone; the next are tried all the same.
    """
    for subject in subjects:
        if subject not in problems:
            try:
                with plain_errors():
                    step(subject)
            except ComicError as error:
                problems[subject] = error


@contextmanager
def opened_folder(path: Path) -> Iterator[int]:
    """A descriptor of the folder, so that later steps cannot be led into another one."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield folder
    finally:
        os.close(folder)


@contextmanager
def opened_beneath(root: str | Path, folder: str, *, make: bool = False) -> Iterator[int]:
    """A descriptor of a folder of the library; no part of the way to it may be a link.

    Raises:
        FileProblem: a part of it is one, so it may lead out of the library.
    """
    opened = os.open(root, _FOLDER)
    try:
        for part in Path(folder).parts:
            if part == ".." or part == "/":
                raise FileProblem("The folder lies outside the library.")
            opened = _step_into(opened, part, make=make)
        yield opened
    finally:
        os.close(opened)


_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def _step_into(parent: int, name: str, *, make: bool) -> int:
    """Closes the parent, unless it raises."""
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=parent)
            os.fsync(parent)
    try:
        child = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise FileProblem(
                "The comic's folder is a link now; links are not followed."
            ) from error
        raise
    os.close(parent)
    return child


@contextmanager
def opened_for_reading(name: str | Path, *, folder: int | None = None) -> Iterator[int]:
    """A descriptor of the file itself: no link is followed and no FIFO waited for."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    file = os.open(name, flags, dir_fd=folder)
    try:
        yield file
    finally:
        os.close(file)


def identity_at(folder: int, name: str) -> FileIdentity | None:
    """The identity of the regular file under the name; None when there is none."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return FileIdentity.of(status) if stat.S_ISREG(status.st_mode) else None


def exists_at(folder: int, name: str) -> bool:
    """Anything at all: a link that leads nowhere too."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def remove_if_same(folder: int, name: str, identity: FileIdentity) -> None:
    """Remove our own temporary file; leave it when it is not provably ours."""
    with suppress(OSError):
        if identity_at(folder, name) == identity:
            os.unlink(name, dir_fd=folder)


def begin_writeback(file: int, offset: int, size: int) -> None:
    """Have the disk begin while more is being written; what fails, the file's fsync tells."""
    if _sync_file_range is not None:
        place = ctypes.c_int64(offset), ctypes.c_int64(size)
        _sync_file_range(file, *place, _SYNC_FILE_RANGE_WRITE)


_SYNC_FILE_RANGE_WRITE = 2
_sync_file_range = getattr(ctypes.CDLL(None), "sync_file_range", None)


def sync_folder(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError as error:
        # Some network and FUSE file systems cannot sync a folder; the rename stands all the same.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
            raise
