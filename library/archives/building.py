"""A new file beside a comic: made, synced and proved before anything can rely on it.

It keeps mode, owner and extended attributes as far as the system lets us. Taking the comic's
name is `library.replacing`'s part.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Protocol

from library.archives.exceptions import DamagedArchive
from library.archives.patching import Span, capture
from library.exceptions import FileChanged
from library.files import (
    FileIdentity,
    opened_beneath,
    opened_folder,
    opened_for_reading,
    plain_errors,
)

CHUNK_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A finished temporary file in the comic's folder, synced to the disk and read back."""

    name: str
    identity: FileIdentity
    former_sha256: str = ""
    """Of the file that it was built from."""
    patch: bytes | None = None
    """Rebuilds the former file from it; without one the whole original has to be kept."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a new file is built, as the journal has reserved it."""

    token: str
    root: str | None = None
    """The library's folder: no link below it is followed."""


class Builder(Protocol):
    """What a new file shall hold, planned from an original that was found to be sound."""

    @property
    def shared(self) -> Sequence[Span]:
        """What is copied from the original as it is; `build_beside` compares it."""

    def write(self, new: int) -> None: ...

    def read_back(self, new: int) -> None:
        """Prove that all but the shared bytes is what was meant. Raises ArchiveError."""


def new_token() -> str:
    return secrets.token_hex(8)


def temporary_name(token: str) -> str:
    """Hidden, so that no scan takes it for a comic; the token tells our files from others'."""
    return f".cm-{token}.tmp"


def build_beside(
    path: Path,
    plan: Callable[[int], Builder],
    *,
    expected: FileIdentity,
    place: Workplace | None = None,
    keep_times: bool = False,
) -> BuiltFile:
    """Build a new file from the comic, which is only read; `plan` gets it opened.

    On any error the temporary file is removed again.

    Raises:
        ArchiveError: what `plan` and its builder raise.
        FileChanged: the original is not the expected file.
        FileProblem: no permission, no room and the like.
    """
    with (
        plain_errors(),
        _folder_of(path, place) as folder,
        opened_for_reading(path.name, folder=folder) as original,
    ):
        status = os.fstat(original)
        if FileIdentity.of(status) != expected:
            raise FileChanged
        builder = plan(original)
        name = temporary_name(place.token if place else new_token())
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        new = os.open(name, flags, 0o600, dir_fd=folder)
        try:
            builder.write(new)
            copy_attributes(original, new, status)
            if keep_times:
                os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
            # What is read back comes from memory either way, so it need not wait for the disk.
            with _syncing(new):
                builder.read_back(new)
                digest = _compare_shared(original, new, builder.shared, status.st_size)
            patch = capture(original, builder.shared)
            if FileIdentity.of(os.fstat(original)) != expected:
                raise FileChanged
            return BuiltFile(name, FileIdentity.of(os.fstat(new)), digest, patch)
        except BaseException:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
            raise
        finally:
            os.close(new)


def _folder_of(path: Path, place: Workplace | None) -> AbstractContextManager[int]:
    if place is None or place.root is None:
        return opened_folder(path.parent)
    return opened_beneath(place.root, str(path.parent.relative_to(place.root)))


@contextmanager
def _syncing(file: int) -> Iterator[None]:
    """Sync while the block runs; its end waits for the disk, and raises what the disk said."""
    failed: list[BaseException] = []

    def sync() -> None:
        try:
            os.fsync(file)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            failed.append(error)

    thread = Thread(target=sync, name="fsync")
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if failed:
        raise failed[0]


def _compare_shared(original: int, new: int, shared: Sequence[Span], size: int) -> str:
    """The original's SHA-256: its bytes are in memory here, so that costs no pass of its own."""
    digest = hashlib.sha256()
    position = 0
    for span in (*shared, Span(size, size, 0)):
        for _, chunk in chunks(original, position, span.start):
            digest.update(chunk)
        for offset, chunk in chunks(original, span.start, span.stop):
            if os.pread(new, len(chunk), offset - span.start + span.to) != chunk:
                raise DamagedArchive("The new file's pages did not read back as they were copied.")
            digest.update(chunk)
        position = span.stop
    return digest.hexdigest()


def copy_range(source: int, target: int, start: int, stop: int, *, to: int) -> None:
    """Copy bytes inside the kernel, which shares the blocks where it can."""
    copy_file_range = getattr(os, "copy_file_range", None)
    while copy_file_range and start < stop:
        try:
            copied = copy_file_range(source, target, stop - start, start, to)
        except OSError:
            break  # many file systems cannot; a real error shows again below
        if not copied:
            break
        start, to = start + copied, to + copied
    for offset, chunk in chunks(source, start, stop):
        write_all(target, chunk, offset - start + to)


def chunks(file: int, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    while start < stop:
        chunk = os.pread(file, min(CHUNK_BYTES, stop - start), start)
        if not chunk:
            raise FileChanged
        yield start, chunk
        start += len(chunk)


def write_all(file: int, data: bytes, offset: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(file, rest, offset)
        rest = rest[written:]
        offset += written


def copy_attributes(original: int, new: int, status: os.stat_result) -> None:
    """Each as far as the system lets us: only root gives files away, some shares fix the mode."""
    with suppress(OSError):
        os.fchown(new, -1, status.st_gid)
    with suppress(OSError):
        os.fchown(new, status.st_uid, -1)
    with suppress(OSError):
        os.fchmod(new, status.st_mode & 0o7777)
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for attribute in os.listxattr(original):
                with suppress(OSError):
                    os.setxattr(new, attribute, os.getxattr(original, attribute))
