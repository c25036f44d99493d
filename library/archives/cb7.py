"""7z: the table of contents is read here, py7zr unpacks."""

import io
import os
import queue
import threading
import zlib
from collections.abc import Collection, Generator, Iterator
from contextlib import suppress
from functools import partial

from library.archives.base import Entry
from library.archives.exceptions import ArchiveError, DamagedArchive, UnreadFormat
from library.archives.libarchiving import CannotDecode
from library.archives.libarchiving import entries as libarchive_entries
from library.archives.sevenzip import read_seven_zip
from library.archives.sevenzipstreams import DEFLATE64, PPMD

_Pipe = queue.Queue[bytes | BaseException | None]
"""One file's bytes at a time; None at the end, an error where it failed."""
_BLOCK_BYTES = 2**12
_LEAST_BLOCK_BYTES = 2**9
"""How much is unpacked in one go: LZMA may make 28 MiB of the one, Deflate64 16 of the other."""


class SevenZipReader:
    """A .cb7 whose table of contents is sound and within the limits."""

    comment = b""

    def __init__(self, file: int) -> None:
        self._file = file
        table = read_seven_zip(file)
        block_size = _LEAST_BLOCK_BYTES if DEFLATE64 in table.methods else _BLOCK_BYTES
        pulled = partial(_pulled, block_size=block_size)
        self._unpack = pulled if PPMD not in table.methods else _with_libarchive
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
                del data  # before the next one is unpacked
        finally:
            unpacked.close()


def _pulled(file: int, entries: list[Entry], *, block_size: int) -> Generator[bytes, None, None]:
    """The entries' bytes in their order; py7zr pushes, so it runs in a thread that waits for us."""
    if not entries:
        return
    pipe: _Pipe = queue.Queue(maxsize=1)
    turn = _Turn()
    thread = threading.Thread(
        target=_push, args=(file, entries, pipe, turn, block_size), daemon=True
    )
    thread.start()
    try:
        while (item := turn.next_of(pipe)) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
            del item
    finally:
        turn.stop()
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
    turn: "_Turn",
    block_size: int,
) -> None:
    try:
        _extract(file, entries, pipe, turn, block_size)
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


class _Turn:
    """Nothing is unpacked before the file in front is done with, so that only one is held."""

    def __init__(self) -> None:
        self._wanted = threading.Semaphore(0)
        self._is_stopped = False

    def next_of(self, pipe: _Pipe) -> bytes | BaseException | None:
        self._wanted.release()
        return pipe.get()

    def stop(self) -> None:
        self._is_stopped = True
        self._wanted.release()

    def wait(self) -> None:
        self._wanted.acquire()
        self.check()

    def check(self) -> None:
        if self._is_stopped:
            raise _Stopped


def _extract(file: int, entries: list[Entry], pipe: _Pipe, turn: _Turn, block_size: int) -> None:
    from py7zr import SevenZipFile
    from py7zr.exceptions import UnsupportedCompressionMethodError
    from py7zr.io import Py7zIO, WriterFactory

    class Collected(Py7zIO):
        """One file's bytes, handed over when it is complete."""

        def __init__(self, limit: int) -> None:
            self._buffer, self._limit, self._size = io.BytesIO(), limit, 0

        def write(self, s: bytes | bytearray) -> int:
            turn.check()
            self._size += self._buffer.write(s[: self._limit - self._size])
            return len(s)

        def close(self) -> None:
            turn.check()
            data = self._buffer.getvalue()
            self._buffer.close()
            pipe.put(data)

        def read(self, size: int | None = None) -> bytes:
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:
            return 0

        def flush(self) -> None:
            pass

        def size(self) -> int:
            return self._size

    class Factory(WriterFactory):
        _sizes = iter([entry.size for entry in entries])

        def create(self, filename: str) -> Py7zIO:
            turn.wait()
            return Collected(next(self._sizes, 0) + 1)

    with _Sips(os.open(f"/dev/fd/{file}", os.O_RDONLY | os.O_CLOEXEC)) as stream:
        try:
            with SevenZipFile(stream) as archive:
                stream.most = block_size
                archive.extract(targets={e.name for e in entries}, factory=Factory())
        except UnsupportedCompressionMethodError as error:
            raise UnreadFormat("It is compressed in a way that cannot be read.") from error


class _Sips(io.FileIO):
    """Gives little at a time, because py7zr unpacks whatever it gets in one go."""

    most = 2**30

    def read(self, size: int | None = -1, /) -> bytes:
        asked = self.most if size is None or size < 0 else min(size, self.most)
        return super().read(asked) or b""


def _emptied(pipe: _Pipe) -> None:
    with suppress(queue.Empty):
        pipe.get_nowait()


def _damaged() -> DamagedArchive:
    return DamagedArchive("A file in the archive is damaged.")
