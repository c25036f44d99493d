from pathlib import Path

import pytest

from library.archives.comparing import looks_of
from library.archives.pagehashing import page_hash
from tests.library.archives.making import zip_bytes
from tests.library.archives.rar_making import rar5_bytes
from tests.library.archives.test_cbt import tar_bytes
from tests.library.archives.test_images import image_bytes
from tests.library.drawing import flat_page, page

PAGES = {f"{n:03}.jpg": page(n) for n in range(4)}


def distance(one: int, other: int) -> int:
    return (one ^ other).bit_count()


def test_a_page_looks_the_same_resized_and_in_another_format() -> None:
    for seed in range(20):
        original = page_hash(page(seed), "jpeg")
        webp = page_hash(page(seed, size=(240, 360), form="WEBP"), "webp")
        small = page_hash(page(seed, size=(100, 150), form="PNG"), "png")
        assert distance(original, webp) <= 8
        assert distance(original, small) <= 8
        assert distance(original, page_hash(page(seed + 100), "jpeg")) > 12


@pytest.mark.parametrize(
    "data", [flat_page(255), flat_page(0), flat_page(128), page(1)[:300], b"\xff\xd8\xff nothing"]
)
def test_blank_and_broken_pages_say_nothing(data: bytes) -> None:
    assert page_hash(data, "jpeg") == 0


def test_what_cannot_be_decoded_here_says_nothing() -> None:
    assert page_hash(b"\xff\x0a jxl", "jxl") == 0


def test_the_list_alone_gives_the_sums_and_no_looks(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(zip_bytes(PAGES))
    listed, read = looks_of(path, decoded=False), looks_of(path, decoded=True)
    assert listed.fingerprint == read.fingerprint != ""
    assert (listed.hashes, listed.width) == ((), 0)
    assert len(read.hashes) == 4
    assert (read.width, read.height) == (160, 240)


def test_every_container_of_the_same_pages_looks_the_same(tmp_path: Path) -> None:
    found = []
    for name, data in {"a.cbz": zip_bytes, "a.cbr": rar5_bytes, "a.cbt": tar_bytes}.items():
        (tmp_path / name).write_bytes(data(PAGES))
        looks = looks_of(tmp_path / name, decoded=True)
        found.append((looks.fingerprint, looks.hashes))
    assert len(set(found)) == 1
    assert looks_of(tmp_path / "a.cbt", decoded=False).fingerprint == found[0][0]


def test_of_a_damaged_one_what_could_be_read_is_known(tmp_path: Path) -> None:
    data = zip_bytes(PAGES)
    at = data.index(PAGES["002.jpg"]) + 200
    (tmp_path / "a.cbz").write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
    looks = looks_of(tmp_path / "a.cbz", decoded=True)
    assert looks.problem == "002.jpg in the archive is damaged."
    assert [bool(each) for each in looks.hashes] == [True, True, False, False]


def test_what_is_no_comic_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.cbz").write_bytes(b"text")
    looks = looks_of(tmp_path / "a.cbz", decoded=True)
    assert (looks.problem, looks.hashes) == ("The file is not a comic archive.", ())
    (tmp_path / "b.cbz").write_bytes(zip_bytes({"1.png": image_bytes("PNG")}))
    assert looks_of(tmp_path / "b.cbz", decoded=True).hashes == (0,)
