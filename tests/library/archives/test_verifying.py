from pathlib import Path

from library.archives.opening import inspect
from library.archives.verifying import verify
from tests.library.archives.making import comic_bytes, make_comic, zip_bytes
from tests.library.archives.test_images import image_bytes


def test_a_sound_comic_stays_ok_and_its_pages_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    forms = {"1.jpg": "JPEG", "2.png": "PNG", "3.gif": "GIF", "4.webp": "WEBP"}
    path.write_bytes(zip_bytes({name: image_bytes(form) for name, form in forms.items()}))
    found = verify(path)
    assert found.inspection == inspect(path)
    assert [(p.kind, p.width, p.height) for p in found.pages] == [
        ("jpeg", 37, 53), ("png", 37, 53), ("gif", 37, 53), ("webp", 37, 53),
    ]  # fmt: skip


def test_the_worst_that_was_found_is_the_verdict(tmp_path: Path) -> None:
    path = tmp_path / "a.cbr"
    cut = image_bytes("PNG")[:-12]
    path.write_bytes(zip_bytes({"1.png": cut, "2.png": b"text", "3.png": cut}))
    found = verify(path).inspection
    assert (found.verdict, found.reason) == ("damaged", "The page “2.png” is no image.")


def test_a_wrong_sum_ends_it_with_what_was_read_so_far(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    data = comic_bytes(pages=3)
    second = data.index(b"nobody", data.index(b"nobody") + 1)
    path.write_bytes(data[:second] + b"somebo" + data[second + 6 :])
    found = verify(path)
    assert found.inspection.verdict == "damaged"
    assert [page.name for page in found.pages] == ["001.jpg"]


def test_what_cannot_be_read_keeps_its_reason(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz")
    path.write_bytes(path.read_bytes()[:-1])
    assert verify(path).inspection == inspect(path)
