"""Decode a page to see whether it can be done. Only in a child: the bytes may be hostile."""

import io
import logging
import struct
import warnings

from PIL import Image, features

from library.archives.images import MAX_PIXELS, ImageKind

FORMATS: dict[ImageKind, str] = {
    "jpeg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "webp": "WEBP",
    "avif": "AVIF",
    "bmp": "BMP",
    "tiff": "TIFF",
}
"""What Pillow calls the kinds that it decodes."""
_OPTIONAL = frozenset(["webp", "avif"])
_FINEST = 8
"""A JPEG is decoded at an eighth of its size: all its data are read, in two thirds of the time."""
ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError,
    AttributeError, RuntimeError, struct.error,
)  # fmt: skip
"""What Pillow raises on bytes that are no sound image."""
# What it says besides would fill the server's log.
logging.getLogger("PIL").setLevel(logging.CRITICAL)


class TooManyPixels(Exception):
    pass


def decodes(data: bytes, kind: ImageKind) -> bool:
    """Whether the image can be decoded to its end; True for kinds that cannot be looked at here.

    Raises: TooManyPixels.
    """
    if kind not in FORMATS or (kind in _OPTIONAL and not features.check(kind)):
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _decode(data, FORMATS[kind])
    except ERRORS:
        return False
    return True


def _decode(data: bytes, name: str) -> None:
    Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit is lower than ours
    with Image.open(io.BytesIO(data), formats=(name,)) as image:
        if image.width * image.height > MAX_PIXELS:
            raise TooManyPixels
        image.draft(None, (max(1, image.width // _FINEST), max(1, image.height // _FINEST)))
        image.load()
