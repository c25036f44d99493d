import random

import pytest

from library.archives.images import read_head
from library.archives.pagedecoding import TooManyPixels, decodes
from tests.library.archives.test_images import image_bytes


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
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


def test_what_cannot_be_looked_at_here_counts_as_sound() -> None:
    assert decodes(b"\xff\x0a", "jxl")
    assert decodes(b"", "heic")
