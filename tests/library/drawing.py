"""Pages that look like something, in any size and format."""

import io
import random
from functools import cache

from PIL import Image, ImageDraw


@cache
def page(seed: int | str, *, size: tuple[int, int] = (160, 240), form: str = "JPEG") -> bytes:
    """The same picture for the same seed, however large and however packed."""
    buffer = io.BytesIO()
    picture(seed).resize(size, Image.Resampling.LANCZOS).save(buffer, form, quality=60)
    return buffer.getvalue()


def picture(seed: int | str) -> Image.Image:
    chance = random.Random(seed)
    image = Image.new("L", (160, 240), 255)
    draw = ImageDraw.Draw(image)
    for _ in range(14):
        left, top = chance.randrange(-20, 140), chance.randrange(-20, 220)
        box = (left, top, left + chance.randrange(20, 80), top + chance.randrange(20, 80))
        draw.rectangle(box, chance.randrange(256))
    return image


def flat_page(grey: int, *, form: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (160, 240), grey).save(buffer, form)
    return buffer.getvalue()
