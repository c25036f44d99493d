"""7z: the table of contents is read here, py7zr unpacks."""

import io
import os
import queue
import threading
import zlib
from collections.abc import Collection, Generator, Iterator
from contextlib import suppress

from library.archives.base import Entry
from library.archives.exceptions import ArchiveError, DamagedArchive, UnreadFormat
from library.archives.libarchiving import CannotDecode
from library.archives.libarchiving import entries as libarchive_entries
from library.archives.sevenzip import read_seven_zip
from library.archives.sevenzipstreams import PPMD

_Pipe = queue.Queue[bytes | BaseException | None]
"""One file's bytes at a time; None at the end, an error where it failed."""


class SevenZipReader:
    """A .cb7 whose table of contents is sound and within the limits."""

    comment = b""

    def __init__(self, file: int) -> None:
        self._file = file
        table = read_seven_zip(file)
        self._unpack = _pulled if PPMD not in table.methods else _with_libarchive
        self.entries = tuple(member.entry for member in table.members if member.is_file)
        has_links = any(member.is_link for member in table.members)
        self.remark = "It holds links, which were left out." if has_links else ""

    def read(self, wanted: Collection[Entry]) -> Iterator[tuple[Entry, bytes]]:
        # py7zr finds files by name alone, and calls for those of one name one after the other.
        names = {entry.name for entry in wanted}
        called = [entry for entry in self.entries if entry.name in names]
        unpacked = self._unpack(self._file, [entry for entry in called if entry.size])
        try:
            for entry in called:
                data = next(unpacked, None) if entry.size else b""
                if data is None or len(data) != entry.size:
                    raise _damaged()
                if entry.crc not in (None, zlib.crc32(data)):
                    raise _damaged()
                if entry in wanted:
                    yield entry, data
        finally:
            unpacked.close()


def _pulled(file: int, entries: list[Entry]) -> Generator[bytes, None, None]:
    """The entries' bytes in their order; py7zr pushes, so it runs in a thread that waits for us."""
    if not entries:
        return
    pipe: _Pipe = queue.Queue(maxsize=1)
    stopped = threading.Event()
    thread = threading.Thread(target=_push, args=(file, entries, pipe, stopped), daemon=True)
    thread.start()
    try:
        while (item := pipe.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        while thread.is_alive():
            _emptied(pipe)
            thread.join(0.01)


def _with_libarchive(file: int, entries: list[Entry]) -> Generator[bytes, None, None]:
    """For PPMd: what py7zr has for it crashes the process on damaged bytes."""
    sizes: dict[str, list[int]] = {}
    for entry in entries:
        sizes.setdefault(entry.name, []).append(entry.size)
    try:
        for name, unpack in libarchive_entries(file, "7zip"):
            if sizes.get(name):
                yield unpack(sizes[name].pop(0))
    except CannotDecode as error:
        raise UnreadFormat("It is packed with PPMd. Install libarchive to read it.") from error


def _push(
    file: int,
    entries: list[Entry],
    pipe: _Pipe,
    stopped: threading.Event,
) -> None:
    try:
        _extract(file, entries, pipe, stopped)
        pipe.put(None)
    except (ArchiveError, MemoryError) as error:
        pipe.put(error)
    except _Stopped:
        pass
    # py7zr raises many kinds of errors on damaged bytes, assertions and lookups among them.
    except Exception as error:  # noqa: BLE001
        problem = _damaged()
        problem.__cause__ = error
        pipe.put(problem)


class _Stopped(Exception):
    pass


def _extract(file: int, entries: list[Entry], pipe: _Pipe, stopped: threading.Event) -> None:
    from py7zr import SevenZipFile
    from py7zr.exceptions import UnsupportedCompressionMethodError
    from py7zr.io import Py7zIO, WriterFactory

    class Collected(Py7zIO):
        """One file's bytes, handed over when it is complete."""

        def __init__(self, limit: int) -> None:
            self._buffer, self._limit = bytearray(), limit

        def write(self, s: bytes | bytearray) -> int:
            if stopped.is_set():
                raise _Stopped
            self._buffer += s[: self._limit - len(self._buffer)]
            return len(s)

        def close(self) -> None:
            if stopped.is_set():
                raise _Stopped
            pipe.put(bytes(self._buffer))

        def read(self, size: int | None = None) -> bytes:
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:
            return 0

        def flush(self) -> None:
            pass

        def size(self) -> int:
            return len(self._buffer)

    class Factory(WriterFactory):
        _sizes = iter([entry.size for entry in entries])

        def create(self, filename: str) -> Py7zIO:
            return Collected(next(self._sizes, 0) + 1)

    with io.FileIO(os.open(f"/dev/fd/{file}", os.O_RDONLY | os.O_CLOEXEC)) as stream:
        try:
            with SevenZipFile(stream) as archive:
                archive.extract(targets={e.name for e in entries}, factory=Factory())
        except UnsupportedCompressionMethodError as error:
            raise UnreadFormat("It is compressed in a way that cannot be read.") from error


def _emptied(pipe: _Pipe) -> None:
    with suppress(queue.Empty):
        pipe.get_nowait()


def _damaged() -> DamagedArchive:
    return DamagedArchive("A file in the archive is damaged.")
