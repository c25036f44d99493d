"""Bytes of open files: read in small pieces, written whole, copied inside the kernel, hashed."""

import hashlib
import os
from collections.abc import Iterator

from library.exceptions import FileChanged
from library.files import begin_writeback

CHUNK_BYTES = 2**16
"""What is larger, the allocator asks of the system anew each time: three times as slow."""
_STRETCH_BYTES = 2**24
"""While so much is copied, the disk writes what came before; where it is one with moving heads
that reads the original as well, shorter stretches would send them to and fro."""


def copy_range(source: int, target: int, start: int, stop: int, *, to: int) -> None:
    """Copy bytes inside the kernel, which shares the blocks where it can."""
    copy_file_range = getattr(os, "copy_file_range", None)
    while copy_file_range and start < stop:
        try:
            copied = copy_file_range(source, target, min(_STRETCH_BYTES, stop - start), start, to)
        except OSError:
            break  # many file systems cannot; a real error shows again below
        if not copied:
            break
        if copied == _STRETCH_BYTES:
            begin_writeback(target, to, copied)
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


def sha256_of(file: int) -> str:
    digest = hashlib.sha256()
    for _, chunk in chunks(file, 0, os.fstat(file).st_size):
        digest.update(chunk)
    return digest.hexdigest()
