"""A library's trash folder: whole originals, out of every scan's sight, until they are purged."""

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from library.exceptions import FileChanged
from library.files import (
    FileIdentity,
    exists_at,
    identity_at,
    opened_beneath,
    opened_for_reading,
    plain_errors,
    sync_folder,
)
from library.renaming import NO_LINKS, rename_to_free_name

HIDDEN_FOLDER = ".comicmaintainer"
"""All that is ours in a library, but for new files while they are built."""
FOLDER = f"{HIDDEN_FOLDER}/trash"
_MAX_NAME_BYTES = 255
_CHUNK_BYTES = 2**16


@dataclass(frozen=True, slots=True)
class Removed:
    """What stands for the new file where there is to be none."""

    former_sha256: str


def trash_name(mark: str, name: str) -> str:
    """The original's name after the mark that makes it unique; its end survives a cut."""
    start = f"{mark} ".encode()
    end = name.encode(errors="surrogateescape")[-(_MAX_NAME_BYTES - len(start)) :]
    # A letter that was cut in two goes altogether.
    return (start + end).decode(errors="ignore")


@contextmanager
def opened_trash(root: str, *, make: bool) -> Iterator[int]:
    with opened_beneath(root, FOLDER, make=make) as trash:
        yield trash


def throw_away(root: str, folder: int, name: str, kept_as: str) -> None:
    """Move a file from an open folder into the trash; nothing there is ever overwritten.

    Both folders are synced. From another file system it is copied, compared and then removed.
    """
    with opened_trash(root, make=True) as trash:
        try:
            rename_to_free_name(folder, name, kept_as, new_folder=trash)
        except FileExistsError:
            _finish_move(folder, name, trash, kept_as)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _carry_over(folder, name, trash, kept_as)
        sync_folder(trash)
        sync_folder(folder)


def removed(root: str, folder: str, name: str, expected: FileIdentity) -> Removed:
    """Read a file that is to go to the trash as a whole, so that it can prove itself there.

    Raises:
        FileChanged: it is not the expected file.
        FileProblem: it cannot be read.
    """
    with plain_errors(), opened_beneath(root, folder) as opened:
        if identity_at(opened, name) != expected.within(opened):
            raise FileChanged
        sha256 = digest(opened, name)
        if identity_at(opened, name) != expected.within(opened):
            raise FileChanged
    return Removed(sha256)


def digest(folder: int, name: str) -> str:
    """The SHA-256 of a file in an open folder."""
    sha256 = hashlib.sha256()
    with opened_for_reading(name, folder=folder) as file:
        offset = 0
        while chunk := os.pread(file, _CHUNK_BYTES, offset):
            sha256.update(chunk)
            offset += len(chunk)
    return sha256.hexdigest()


def sizes_in_trash(root: str, names: Iterable[str]) -> dict[str, int]:
    """Bytes of those of the files that are in the trash. Raises FileProblem."""
    with plain_errors(), suppress(FileNotFoundError), opened_trash(root, make=False) as trash:
        found = {name: identity_at(trash, name) for name in names}
        return {name: identity.size for name, identity in found.items() if identity}
    return {}


def remove_from_trash(root: str, name: str) -> None:
    """Raises FileNotFoundError where it is gone already."""
    with opened_trash(root, make=False) as trash:
        os.unlink(name, dir_fd=trash)


def bring_out(root: str, kept_as: str, folder: int, name: str) -> FileIdentity:
    """A second name for a file in the trash, or a copy where there are no links."""
    with opened_trash(root, make=False) as trash:
        try:
            os.link(kept_as, name, src_dir_fd=trash, dst_dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            if error.errno not in (errno.EXDEV, *NO_LINKS):
                raise
            copy_file(trash, kept_as, folder, name)
    return FileIdentity.of(os.stat(name, dir_fd=folder, follow_symlinks=False))


def copy_file(source_folder: int, source: str, folder: int, name: str) -> None:
    """Copy to a free name, sync, and compare what arrived.

    Raises:
        FileChanged: the source was changed meanwhile; the copy is gone again.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with opened_for_reading(source, folder=source_folder) as original:
        status = os.fstat(original)
        copy = os.open(name, flags, 0o600, dir_fd=folder)
        try:
            _copy_bytes(original, copy, status.st_size)
            os.fchmod(copy, status.st_mode & 0o777)
            os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
            os.fsync(copy)
            _compare(original, copy, status.st_size)
            if FileIdentity.of(os.fstat(original)) != FileIdentity.of(status):
                raise FileChanged
        except BaseException:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
            raise
        finally:
            os.close(copy)


def _carry_over(folder: int, name: str, trash: int, kept_as: str) -> None:
    part = f"{kept_as.split(' ')[0]}.part"
    with suppress(FileNotFoundError):
        os.unlink(part, dir_fd=trash)  # of an attempt that was interrupted; the source is whole
    if not exists_at(trash, kept_as):
        copy_file(folder, name, trash, part)
        rename_to_free_name(trash, part, kept_as)
    _finish_move(folder, name, trash, kept_as)


def _finish_move(folder: int, name: str, trash: int, kept_as: str) -> None:
    """The trash has it already, as where an earlier attempt was interrupted: only the name goes."""
    sync_folder(trash)
    with (
        opened_for_reading(name, folder=folder) as source,
        opened_for_reading(kept_as, folder=trash) as copy,
    ):
        status = os.fstat(source)
        _compare(source, copy, status.st_size)
        if identity_at(folder, name) != FileIdentity.of(status):
            raise FileChanged
    os.unlink(name, dir_fd=folder)


def _copy_bytes(source: int, target: int, size: int) -> None:
    offset = 0
    while chunk := os.pread(source, min(_CHUNK_BYTES, size - offset), offset):
        rest = memoryview(chunk)
        while rest:
            written = os.pwrite(target, rest, offset)
            rest, offset = rest[written:], offset + written


def _compare(source: int, target: int, size: int) -> None:
    for offset in range(0, size, _CHUNK_BYTES):
        wanted = min(_CHUNK_BYTES, size - offset)
        chunk = os.pread(source, wanted, offset)
        if len(chunk) != wanted or os.pread(target, wanted, offset) != chunk:
            raise FileChanged("The copy did not read back as the file that was copied.")
    if os.fstat(target).st_size != size:
        raise FileChanged("The copy did not read back as the file that was copied.")
