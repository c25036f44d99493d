import io
import random

import pytest
from PIL import Image

from library.archives.decodingcosts import TooCostly
from library.archives.images import read_head
from library.archives.pagedecoding import TooManyPixels, decodes
from tests.library.archives.test_images import image_bytes


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "MPO"])
def test_whatever_the_bytes_are_the_answer_is_yes_or_no(form: str) -> None:
    whole, chance = image_bytes(form), random.Random(form)
    kind = read_head(whole).kind
    assert decodes(whole, kind)
    assert not decodes(whole[:20], kind)
    for _round in range(200):
        data = bytearray(whole)
        for _byte in range(chance.choice((1, 3, 20))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            decodes(bytes(data), kind)
        except TooManyPixels:
            continue


@pytest.mark.parametrize("times", [1, 400])
def test_a_jpeg_of_many_scans_is_decoded_only_where_that_takes_seconds(times: int) -> None:
    buffer = io.BytesIO()
    Image.new("L", (3000, 3000)).save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    last, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    data = data[:last] + data[last:end] * times + data[end:]
    if times == 1:
        assert decodes(data, "jpeg")
    else:
        with pytest.raises(TooCostly):
            decodes(data, "jpeg")


@pytest.mark.parametrize(
    ("form", "size"), [("PNG", (7000, 7000)), ("GIF", (14000, 14000)), ("WEBP", (3500, 3500))]
)
def test_what_fits_into_memory_is_decoded(form: str, size: tuple[int, int]) -> None:
    buffer = io.BytesIO()
    Image.new("L" if form == "GIF" else "RGB", size).save(buffer, form)
    assert decodes(buffer.getvalue(), read_head(buffer.getvalue()).kind)


def test_what_cannot_be_looked_at_here_counts_as_sound() -> None:
    assert decodes(b"\xff\x0a", "jxl")
    assert decodes(b"", "heic")
