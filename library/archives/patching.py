"""The reverse patch of a rewrite: the few bytes that turn the new file into the former one.

A rewrite copies most of the former file as it is. Those spans come back from the new file; the
patch holds where they lie, and all the former file's other bytes.
"""

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from library.archives.deflating import deflated

MAX_PACKED_BYTES = 2**20
"""A change that would need more keeps the whole original in the trash instead."""
_MAX_BYTES = 4 * 2**20
_HEAD = struct.Struct("<QI")
_SPAN = struct.Struct("<3Q")


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes that two files share."""

    start: int
    stop: int
    to: int
    """Where they start in the other file."""


@dataclass(frozen=True, slots=True)
class Patch:
    size: int
    """Of the file that it rebuilds."""
    spans: tuple[Span, ...]
    """What comes from the present file (`to`), by its place in the rebuilt one."""
    rest: bytes
    """All that lies between, in its order."""
    frame: bytes = b""
    """What the rebuilt file is proved by (`library.archives.proving`); empty where that is not
    kept here."""

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """The rest, each piece with its place in the rebuilt file."""
        taken = 0
        for start, stop in _between(self.spans, self.size):
            yield start, self.rest[taken : taken + stop - start]
            taken += stop - start

    def packed(self) -> bytes:
        spans = (_SPAN.pack(span.start, span.stop, span.to) for span in self.spans)
        head = _HEAD.pack(self.size, len(self.spans))
        return deflated(b"".join([head, *spans, self.rest, self.frame]), level=1)


def capture(file: int, spans: Sequence[Span], frame: bytes) -> bytes | None:
    """The packed patch that leads back to this open file.

    None where it would be too large, and where the files share nothing: it would be the file.
    """
    if not spans:
        return None
    size = os.fstat(file).st_size
    gaps = list(_between(spans, size))
    if sum(stop - start for start, stop in gaps) > _MAX_BYTES:
        return None
    rest = b"".join(os.pread(file, stop - start, start) for start, stop in gaps)
    packed = Patch(size, tuple(spans), rest, frame).packed()
    return packed if len(packed) <= MAX_PACKED_BYTES else None


def unpack(packed: bytes) -> Patch:
    """Raises ValueError for what `capture` cannot have made."""
    try:
        data = zlib.decompressobj().decompress(packed, 2 * _MAX_BYTES)
        size, count = _HEAD.unpack_from(data)
        end = _HEAD.size + count * _SPAN.size
        spans = tuple(Span(*values) for values in _SPAN.iter_unpack(data[_HEAD.size : end]))
    except (zlib.error, struct.error) as error:
        raise ValueError("The reverse patch is damaged.") from error
    rest = end + size - sum(span.stop - span.start for span in spans)
    return Patch(size, spans, data[end:rest], data[rest:])


def _between(spans: Sequence[Span], size: int) -> Iterator[tuple[int, int]]:
    position = 0
    for span in (*spans, Span(size, size, 0)):
        if span.start > position:
            yield position, span.start
        position = span.stop
