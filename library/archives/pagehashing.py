"""What a page looks like, in 64 bits: a difference hash. Only in a child: the bytes may be hostile.

The page is shrunk to 9x8 greys; each bit says whether one of them is brighter than the next. It
stays nearly the same when a page is recompressed, resized or put into another format.
"""

from library.archives.images import ImageKind
from library.archives.pagedecoding import thumbnail

_COLUMNS, _ROWS = 9, 8
_NOISE = 2
"""Greys that differ by this little are taken for the same, or compression would decide."""
_LEAST_CONTRAST = 16


def page_hash(data: bytes, kind: ImageKind) -> int:
    """0 for a page that says nothing: blank, black, or no image that can be decoded here."""
    greys = thumbnail(data, kind, (_COLUMNS, _ROWS))
    if greys is None or max(greys) - min(greys) < _LEAST_CONTRAST:
        return 0
    bits = 0
    for at in range(_COLUMNS * _ROWS):
        if (at + 1) % _COLUMNS:
            bits = bits << 1 | (greys[at] > greys[at + 1] + _NOISE)
    return bits
