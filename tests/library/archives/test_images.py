import io
import struct
from pathlib import Path

import pytest
from PIL import Image

from library.archives.images import ImageHead, read_head
from library.archives.opening import page_infos
from tests.library.archives.making import zip_bytes


def image_bytes(form: str, **options: object) -> bytes:
    image, buffer = Image.new("RGB", (37, 53), "#a04010"), io.BytesIO()
    if form == "MPO":  # a JPEG with a second one behind it
        options |= {"save_all": True, "append_images": [image]}
    image.save(buffer, form, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("form", "options", "kind"),
    [
        ("JPEG", {}, "jpeg"),
        ("JPEG", {"progressive": True, "comment": b"x" * 999}, "jpeg"),
        ("PNG", {}, "png"),
        ("GIF", {}, "gif"),
        ("WEBP", {}, "webp"),
        ("WEBP", {"lossless": True}, "webp"),
        ("WEBP", {"exif": b"Exif\0\0II*\0" + bytes(8)}, "webp"),
        ("BMP", {}, "bmp"),
        ("TIFF", {}, "tiff"),
        ("AVIF", {}, "avif"),
    ],
)
def test_kind_and_measures_come_from_the_start(
    form: str, options: dict[str, object], kind: str
) -> None:
    assert read_head(image_bytes(form, **options)) == ImageHead(kind, 37, 53)  # type: ignore[arg-type]


def test_what_is_no_image_or_breaks_off_has_no_measures() -> None:
    assert read_head(b"") == ImageHead("")
    assert read_head(b"<html>") == ImageHead("")
    for form in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"):
        whole = image_bytes(form)
        for size in range(0, min(len(whole), 700), 3):
            read_head(whole[:size])
    assert read_head(b"\xff\xd8" + b"\xff" * 90_000) == ImageHead("jpeg")
    assert read_head(b"II*\0" + struct.pack("<I", 2**31)) == ImageHead("tiff")


def test_a_comics_pages_are_told_in_full(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(zip_bytes({"1.jpg": image_bytes("PNG"), "2.jpg": b"text", "a.txt": b""}))
    png, text = page_infos(path)
    assert (png.name, png.kind, png.width, png.height) == ("1.jpg", "png", 37, 53)
    assert (text.kind, text.size) == ("", 4)


def test_a_bitmap_of_os2_has_short_measures() -> None:
    head = b"BM" + struct.pack("<IHHI", 74, 0, 0, 26) + struct.pack("<IHHHH", 12, 4, 5, 1, 24)
    assert read_head(head + bytes(48)) == ImageHead("bmp", 4, 5)


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1"])
def test_heic_has_many_brands(brand: bytes) -> None:
    assert read_head(b"\0\0\0\x18ftyp" + brand + bytes(12)).kind == "heic"
