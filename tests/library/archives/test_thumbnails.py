import io
import struct

import pytest
from PIL import Image

from library.archives.exceptions import NoPicture
from library.archives.thumbnails import thumbnail
from tests.library.painting import measures, picture, png_bomb


def pixel(data: bytes) -> tuple[int, ...]:
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.mode) == ("WEBP", "RGB")
        found = image.getpixel((5, 5))
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF", "MPO"])
def test_every_kind_becomes_a_small_webp(kind: str) -> None:
    small = thumbnail(picture(kind), 120)
    assert measures(small) == (120, 180)
    red, green, blue = pixel(small)
    assert max(red, green) < 20 and 100 < blue < 150


@pytest.mark.parametrize(
    ("mode", "kind", "colour", "shown"),
    [
        ("1", "PNG", 1, 255),
        ("L", "PNG", 128, 128),
        ("P", "PNG", 0, 0),
        ("I;16", "PNG", 128 * 256, 128),
        ("LA", "PNG", (0, 0), 255),
        ("RGBA", "PNG", (0, 0, 0, 0), 255),
        ("RGBA", "PNG", (0, 0, 0, 255), 0),
        ("CMYK", "JPEG", (0, 0, 0, 255), 0),
    ],
)
def test_every_mode_is_shown_on_white(mode: str, kind: str, colour: object, shown: int) -> None:
    small = thumbnail(picture(kind, colour=colour, mode=mode), 120)
    assert all(abs(value - shown) < 4 for value in pixel(small))


def test_small_pages_stay_small_and_strips_show_their_top() -> None:
    assert measures(thumbnail(picture(size=(80, 100)), 240)) == (80, 100)
    assert measures(thumbnail(picture(size=(600, 30_000)), 240)) == (240, 480)
    assert measures(thumbnail(picture(size=(3000, 2)), 240)) == (240, 1)


def test_a_page_that_lies_on_its_side_is_turned() -> None:
    image, buffer = Image.new("RGB", (300, 450)), io.BytesIO()
    exif = image.getexif()
    exif[0x112] = 6
    image.save(buffer, "JPEG", exif=exif)
    assert measures(thumbnail(buffer.getvalue(), 120)) == (180, 120)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        picture()[:400],
        picture("PNG")[:60],
        b"\xff\xd8\xff" + bytes(500),
        b"GIF89a" + bytes(40),
        b"\0\0\0\x18ftypheic" + bytes(60),
        b"\xff\x0a" + bytes(60),
    ],
)
def test_what_is_no_image_that_can_be_decoded_is_said(data: bytes) -> None:
    with pytest.raises(NoPicture):
        thumbnail(data, 240)


def test_too_many_pixels_are_not_decoded() -> None:
    beyond_all_limits = png_bomb(8, 8).replace(
        struct.pack(">II", 8, 8), struct.pack(">II", 100_000, 30_000)
    )
    for bomb in (png_bomb(10_001, 10_001), beyond_all_limits):
        assert len(bomb) < 20_000
        with pytest.raises(NoPicture, match="too large"):
            thumbnail(bomb, 240)
