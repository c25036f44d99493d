"""What two files share on the disk: the same blocks, so the same bytes, without reading either.

Where `copy_file_range` shares blocks (XFS, btrfs), Linux tells where a file's bytes lie (FIEMAP,
Documentation/filesystems/fiemap.rst). What it does not tell, or tells in doubt, counts as not
shared, and is compared byte by byte.
"""

import os
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from library.archives.patching import Span

_FIEMAP = 0xC020660B
_HEAD = struct.Struct("=QQ4I")
_EXTENT = struct.Struct("=3Q2QI3I")
_SYNC = 1
_LAST, _MERGED, _SHARED = 0x1, 0x1000, 0x2000
_AT_ONCE = 200
_WORTH_BYTES = 2**18
"""Less is compared in less time than it takes to ask."""
_MOST = 10_000
"""A file in more pieces is read faster than looked up."""


class _Extent(NamedTuple):
    start: int
    stop: int
    place: int
    """Where it lies on the disk."""

    def overlap(self, other: "_Extent", shift: int) -> tuple[int, int]:
        """Of this file's bytes, those that are the other's too, `shift` bytes further there."""
        if other.place - other.start != self.place - self.start - shift:
            return 0, 0
        return max(self.start, other.start - shift), min(self.stop, other.stop - shift)


def unshared(original: int, new: int, spans: Sequence[Span]) -> Iterator[Span]:
    """What of these spans of the original lies in blocks of its own in the new file."""
    if sum(span.stop - span.start for span in spans) < _WORTH_BYTES:
        yield from spans
        return
    ours = _shared_extents(new)
    theirs = _shared_extents(original) if ours and _are_on_one_disk(original, new) else []
    for span in spans:
        position = span.start
        for start, stop in _common(span, theirs, ours):
            if start > position:
                yield _part(span, position, start)
            position = stop
        if span.stop > position:
            yield _part(span, position, span.stop)


def _common(
    span: Span, theirs: Sequence[_Extent], ours: Sequence[_Extent]
) -> Iterator[tuple[int, int]]:
    """By their places in the original, in order."""
    shift = span.to - span.start
    n = 0
    for extent in theirs:
        while n < len(ours) and ours[n].stop - shift <= extent.start:
            n += 1
        for other in ours[n:]:
            if other.start - shift >= extent.stop:
                break
            start, stop = extent.overlap(other, shift)
            start, stop = max(start, span.start), min(stop, span.stop)
            if start < stop:
                yield start, stop


def _part(span: Span, start: int, stop: int) -> Span:
    return Span(start, stop, start - span.start + span.to)


def _are_on_one_disk(original: int, new: int) -> bool:
    return os.fstat(original).st_dev == os.fstat(new).st_dev


def _shared_extents(file: int) -> list[_Extent]:
    """Those that the file has in common with another one, in order; none where nobody tells."""
    try:
        # Looked at first as it is: waiting for the disk would be in vain where nothing is shared.
        if not any(flags & _SHARED for _, flags in _listed(file, 0)):
            return []
        return [extent for extent, flags in _listed(file, _SYNC) if _is_sure(flags)]
    except OSError:
        return []


def _is_sure(flags: int) -> bool:
    """Neither compressed nor inline, unwritten or still in memory."""
    return bool(flags & _SHARED) and not flags & ~(_LAST | _MERGED | _SHARED)


def _listed(file: int, how: int) -> Iterator[tuple[_Extent, int]]:
    """Raises OSError."""
    import fcntl  # not on every system

    start = found = 0
    size = os.fstat(file).st_size
    while start < size:
        buffer = bytearray(_HEAD.size + _AT_ONCE * _EXTENT.size)
        _HEAD.pack_into(buffer, 0, start, size - start, how, 0, _AT_ONCE, 0)
        fcntl.ioctl(file, _FIEMAP, buffer)
        count = _HEAD.unpack_from(buffer)[3]
        found += count
        if found > _MOST:
            raise OSError("too many pieces")
        if not count:
            return
        for n in range(count):
            logical, place, length, _, _, flags, *_ = _EXTENT.unpack_from(
                buffer, _HEAD.size + n * _EXTENT.size
            )
            start = logical + length
            yield _Extent(logical, start, place), flags
        if flags & _LAST:
            return
