"""Small pictures of pages. Only in a child: the bytes may be hostile."""

import io
import warnings

from PIL import Image, ImageOps

from library.archives.exceptions import NoPicture
from library.archives.images import MAX_PIXELS, ImageHead, read_head
from library.archives.pagedecoding import ERRORS, FORMATS

MAX_HEIGHT = 2
"""Of a picture, in widths: of a strip that is read by scrolling, the top is shown."""
_MAX_PIXELS = MAX_PIXELS // 2
"""Decoded it takes up to four bytes each, and copies of it as much again."""
_QUALITY = 80
_EFFORT = 2
_DRAFT = 1.5
"""A JPEG is decoded at the least size that is so many times the one that is wanted."""
_TOO_LARGE = "The page is too large to be shown."
_UNDECODABLE = "The page cannot be decoded."


def thumbnail(data: bytes, width: int) -> bytes:
    """A WebP image of at most this width, upright and without transparency.

    Raises:
        NoPicture: the page is no image that can be decoded here, or has too many pixels.
    """
    head = checked_head(data)
    if head.kind not in FORMATS:
        raise NoPicture("The page is an image of a kind that cannot be shown.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _thumbnail(data, FORMATS[head.kind], width)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise NoPicture(_TOO_LARGE) from error
    except ERRORS as error:
        raise NoPicture(_UNDECODABLE) from error


def checked_head(data: bytes) -> ImageHead:
    """Raises: NoPicture."""
    head = read_head(data)
    if not head.kind:
        raise NoPicture("The page is no image.")
    if head.width * head.height > MAX_PIXELS:
        raise NoPicture(_TOO_LARGE)
    return head


def _thumbnail(data: bytes, name: str, width: int) -> bytes:
    Image.MAX_IMAGE_PIXELS = _MAX_PIXELS
    with Image.open(io.BytesIO(data), formats=(name,)) as image:
        scale = min(1.0, width / image.width)
        image.draft("RGB", _scaled(image.width, image.height, _DRAFT * scale))
        shown = min(image.height, MAX_HEIGHT * image.width)
        size = _scaled(image.width, shown, min(1.0, width / image.width))
        box = (0, 0, image.width, shown)
        small = _smooth(image).resize(size, box=box, reducing_gap=2)
        upright = ImageOps.exif_transpose(_plain(small))
    target = io.BytesIO()
    upright.save(target, "WEBP", quality=_QUALITY, method=_EFFORT, exif=b"")
    return target.getvalue()


def _scaled(width: int, height: int, scale: float) -> tuple[int, int]:
    return max(1, round(width * scale)), max(1, round(height * scale))


def _smooth(image: Image.Image) -> Image.Image:
    """In a mode whose colours can be mixed: what has a palette is otherwise made small coarsely."""
    if image.mode not in ("1", "P", "PA"):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _plain(image: Image.Image) -> Image.Image:
    """In colours that WebP can store, on white."""
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I"):  # 16 bits
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
