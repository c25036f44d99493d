"""tar, plain or compressed with gzip, xz or bzip2. It has no sums of its files."""

import io
import os
from collections.abc import Collection, Iterator

from library.archives.base import Entry, check_size
from library.archives.decoding import CHUNK_BYTES, stream_decoder, unpacked
from library.archives.exceptions import DamagedArchive, RefusedArchive
from library.archives.tarheaders import BLOCK_BYTES, Source, TarMember, looks_like_tar, read_members

_REMARKS = {
    "link": "It holds links, which were left out.",
    "device": "It holds devices, which were left out.",
}


_MAX_PADDING_BYTES = 256 * 2**20
_ZEROS = bytes(CHUNK_BYTES)


class TarReader:
    """A .cbt whose headers are sound and within the limits."""

    comment = b""

    def __init__(self, file: int) -> None:
        self._file = file
        source = _source(file)
        self.is_compressed = isinstance(source, _Stream)
        self.members: tuple[TarMember, ...] = tuple(read_members(source))
        source.finish()
        self.entries = tuple(m.entry for m in self.members if m.kind == "file")
        kinds = {member.kind for member in self.members}
        self.remark = next((text for kind, text in _REMARKS.items() if kind in kinds), "")

    def read(self, wanted: Collection[Entry]) -> Iterator[tuple[Entry, bytes]]:
        indexes = {entry.index for entry in wanted}
        source, position = _source(self._file), 0
        for member in self.members:
            if member.entry.index not in indexes:
                continue
            source.skip(member.data_offset - position)
            data = source.take(member.entry.size)
            position = member.data_offset + len(data)
            if len(data) != member.entry.size:
                raise DamagedArchive("The archive ends too early.")
            yield member.entry, data
            del data  # before the next one is read
            indexes.discard(member.entry.index)
            if not indexes:
                return


def is_tar(file: int) -> bool:
    """Whether the open file starts like a tar, perhaps inside a compressed stream.

    Raises:
        ArchiveError: it is a compressed stream that cannot be unpacked.
    """
    return looks_like_tar(_source(file).take(BLOCK_BYTES))


class _Plain:
    """A file as it is; skipping costs nothing."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._position = 0
        self._size = os.fstat(file).st_size

    def take(self, size: int) -> bytes:
        check_size(size - BLOCK_BYTES)
        data = os.pread(self._file, size, self._position)
        self._position += len(data)
        return data

    def skip(self, size: int) -> None:
        self._position += size
        if self._position > self._size:
            raise DamagedArchive("The archive ends too early.")

    def finish(self) -> None:
        """Nothing but zeros may follow, to fill the last tape block."""
        _check_padding(self)


class _Stream:
    """A compressed file; what is skipped is unpacked all the same."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def take(self, size: int) -> bytes:
        check_size(size - BLOCK_BYTES)
        buffer = io.BytesIO()
        while size and (piece := self._rest or next(self._pieces, b"")):
            taken = buffer.write(piece[:size])
            self._rest = piece[taken:]
            size -= taken
        return buffer.getvalue()

    def skip(self, size: int) -> None:
        while size > 0:
            taken = len(self.take(min(size, CHUNK_BYTES)))
            if not taken:
                raise DamagedArchive("The archive ends too early.")
            size -= taken

    def finish(self) -> None:
        """To the end, where the stream's own sum is compared."""
        _check_padding(self)


def _check_padding(source: Source) -> None:
    left = _MAX_PADDING_BYTES
    while chunk := source.take(CHUNK_BYTES):
        left -= len(chunk)
        if chunk != _ZEROS[: len(chunk)]:
            raise DamagedArchive("Something follows the archive's end.")
        if left < 0:
            raise RefusedArchive("The archive has suspiciously much behind its end.")


def _source(file: int) -> _Plain | _Stream:
    make = stream_decoder(os.pread(file, 6, 0))
    return _Stream(unpacked(_chunks(file), make)) if make else _Plain(file)


def _chunks(file: int) -> Iterator[bytes]:
    position = 0
    while chunk := os.pread(file, CHUNK_BYTES, position):
        position += len(chunk)
        yield chunk
