"""What decoding an image would cost, from its head: a small file may ask for very much."""

from PIL import Image

from library.archives.images import jpeg_scan

MAX_BYTES = 224 * 2**20
"""The image's own bytes included, of which a page may have as many."""
MAX_SCANNED_PIXELS = 2 * 10**9
"""All scans of a progressive JPEG together, each of which takes the whole image anew."""
_BYTES_A_PIXEL = {"PNG": 4, "GIF": 1, "BMP": 4, "TIFF": 8, "WEBP": 16, "AVIF": 10}
"""What Pillow and the libraries below it hold at the same time, measured."""
_MOST_BYTES_A_PIXEL = max(_BYTES_A_PIXEL.values())
_BYTES_A_ROW = 8
_JPEG_ROWS = 64
_BYTES_OF_SCANS = 6
"""A pixel's in a JPEG that is read in several passes: all its coefficients stay in memory."""
_JPEGS = ("JPEG", "MPO")
"""The second is what Pillow calls one that has further images behind the first."""
_TILE_WIDTH, _TILE_HEIGHT = 322, 323


class TooCostly(Exception):
    pass


def check_costs(image: Image.Image, data: bytes) -> None:
    """For an image that was opened from these bytes and not decoded yet. Raises: TooCostly."""
    needed = _jpeg_bytes(image, data) if image.format in _JPEGS else _bytes(image)
    if len(data) + needed > MAX_BYTES:
        raise TooCostly


def _bytes(image: Image.Image) -> int:
    pixels = image.width * image.height
    if image.format == "TIFF":
        tags = image.getexif()
        # A tile is unpacked as a whole, however little of it is shown.
        pixels = max(pixels, tags.get(_TILE_WIDTH, 0) * tags.get(_TILE_HEIGHT, 0))
    each = _BYTES_A_PIXEL.get(str(image.format), _MOST_BYTES_A_PIXEL)
    return pixels * each + image.height * _BYTES_A_ROW


def _jpeg_bytes(image: Image.Image, data: bytes) -> int:
    pixels = image.width * image.height
    scans = data.count(b"\xff\xda", max(0, jpeg_scan(data)))
    if scans * pixels > MAX_SCANNED_PIXELS:
        raise TooCostly
    return pixels * _BYTES_OF_SCANS if scans > 1 else _JPEG_ROWS * image.width + pixels // 8
