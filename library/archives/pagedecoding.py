"""Decode a page to see whether it can be done. Only in a child: the bytes may be hostile."""

import io
import logging
import struct
import warnings

from PIL import Image, features

from library.archives.decodingcosts import TooCostly, check_costs
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
_ENOUGH = 4
"""So many pixels in a row make one of the thumbnail's, or more."""
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

    Raises: TooManyPixels, TooCostly.
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


def thumbnail(data: bytes, kind: ImageKind, size: tuple[int, int]) -> bytes | None:
    """The image at this size, a byte of grey for each pixel, row by row; None where it cannot be
    decoded here."""
    if kind not in FORMATS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _shrunk(data, FORMATS[kind], size)
    except (*ERRORS, TooManyPixels, TooCostly):
        return None


def _decode(data: bytes, name: str) -> None:
    with _opened(data, name) as image:
        image.draft(None, (max(1, image.width // _FINEST), max(1, image.height // _FINEST)))
        image.load()


def _shrunk(data: bytes, name: str, size: tuple[int, int]) -> bytes:
    with _opened(data, name) as image:
        # A JPEG comes out of the decoder as small as it can, and without its colours.
        image.draft("L", (_ENOUGH * size[0], _ENOUGH * size[1]))
        return image.convert("L").resize(size, Image.Resampling.BOX).tobytes()


def _opened(data: bytes, name: str) -> Image.Image:
    """Raises TooManyPixels, TooCostly."""
    Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit is lower than ours
    image = Image.open(io.BytesIO(data), formats=(name,))
    if image.width * image.height > MAX_PIXELS:
        raise TooManyPixels
    check_costs(image, data)
    return image
