from pathlib import Path

from library.archives.verifying import Depth, verify
from tests.library.archives.making import zip_bytes
from tests.library.archives.rar_making import rar5_bytes
from tests.library.archives.test_cbt import tar_bytes
from tests.library.archives.test_images import image_bytes

PAGES = {"b/2.jpg": image_bytes("JPEG"), "b/10.jpg": image_bytes("JPEG")[:-2] + b"\x00\xff\xd9"}


def fingerprint(path: Path, data: bytes, depth: Depth = "checksums") -> str:
    path.write_bytes(data)
    return verify(path, depth).fingerprint


def test_it_is_that_of_the_pages_whatever_holds_them(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    first = fingerprint(path, zip_bytes(PAGES))
    assert len(first) == 64
    tagged = {**PAGES, "ComicInfo.xml": b"<ComicInfo/>", "notes.txt": b"n"}
    renamed = {"x/p02.jpg": PAGES["b/2.jpg"], "x/p10.jpg": PAGES["b/10.jpg"]}
    turned = dict(reversed(PAGES.items()))
    for data in (zip_bytes(tagged), zip_bytes(renamed), zip_bytes(turned), rar5_bytes(PAGES),
                 tar_bytes(PAGES)):  # fmt: skip
        assert fingerprint(path, data) == first
    swapped = {"1.jpg": PAGES["b/10.jpg"], "2.jpg": PAGES["b/2.jpg"]}
    assert fingerprint(path, zip_bytes(swapped)) != first
    assert fingerprint(path, zip_bytes({"1.jpg": PAGES["b/2.jpg"]})) != first


def test_a_table_of_contents_with_sums_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    first = fingerprint(path, zip_bytes(PAGES))
    assert fingerprint(path, zip_bytes(PAGES), "container") == first
    assert fingerprint(path, tar_bytes(PAGES), "container") == ""


def test_of_a_damaged_comic_there_is_none(tmp_path: Path) -> None:
    data = zip_bytes(PAGES)
    at = data.index(PAGES["b/10.jpg"]) + 40
    damaged = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    assert fingerprint(tmp_path / "a.cbz", damaged) == ""
