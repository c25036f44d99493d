import io
import struct
from pathlib import Path

from PIL import Image

from library.archives.opening import inspect
from library.archives.verifying import DEPTHS, Depth, verify
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
    assert (found.verdict, found.reason) == (
        "damaged",
        "The page “2.png” is no image of a known kind.",
    )


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


def verdict(path: Path, members: dict[str, bytes], depth: Depth = "checksums") -> tuple[str, str]:
    path.write_bytes(zip_bytes(members))
    found = verify(path, depth).inspection
    return found.verdict, found.reason


def test_what_a_person_should_know_is_a_remark(tmp_path: Path) -> None:
    path, png = tmp_path / "a.cbz", image_bytes("PNG")
    assert verdict(path, {"1.jpg": png, "2.png": png, "3.jpeg": png}) == (
        "warn", "The page “1.jpg” is really a PNG image (and 1 more).",
    )  # fmt: skip
    for depth in DEPTHS:
        assert verdict(path, {"1.png": png, "2.png": b"", "3.png": png, "5.png": png}, depth) == (
            "warn", "The page “2.png” is empty. Page numbers are missing: 4.",
        )  # fmt: skip


def test_a_comic_of_empty_pages_has_lost_its_content(tmp_path: Path) -> None:
    for depth in DEPTHS:
        found = verdict(tmp_path / "a.cbz", {"1.png": b"", "2.png": b""}, depth)
        assert found == ("damaged", "All its pages are empty.")


def test_every_file_is_read_and_not_only_the_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    data = zip_bytes({"1.png": image_bytes("PNG"), "notes.txt": b"some words"})
    path.write_bytes(data.replace(b"some", b"same", 1))
    assert verify(path, "container").inspection.verdict == "ok"
    assert verify(path).inspection.verdict == "damaged"


def test_a_page_that_cannot_be_decoded_is_found_by_decoding(tmp_path: Path) -> None:
    path, forms = tmp_path / "a.cbz", ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
    whole = {f"{n}.{form.lower()}": image_bytes(form) for n, form in enumerate(forms)}
    assert verdict(path, whole, "pages") == ("ok", "")
    png = image_bytes("PNG")
    middle = png.index(b"IDAT") + 8
    broken = png[:middle] + bytes(20) + png[middle + 20 :]
    assert verdict(path, {"1.png": broken}) == ("ok", "")
    assert verdict(path, {"1.png": broken}, "pages") == (
        "damaged", "The page “1.png” cannot be decoded.",
    )  # fmt: skip


def test_more_pixels_than_any_scan_has_are_not_decoded(tmp_path: Path) -> None:
    png = bytearray(image_bytes("PNG"))
    png[16:24] = (100_000).to_bytes(4, "big") * 2
    found = verdict(tmp_path / "a.cbz", {"1.png": bytes(png)}, "pages")
    assert found == ("refused", "The page “1.png” has more than 200 million pixels.")


def reasons(path: Path, pages: dict[str, bytes]) -> str:
    path.write_bytes(zip_bytes(pages))
    return verify(path).inspection.reason


def test_an_end_that_belongs_to_something_else_is_none(tmp_path: Path) -> None:
    noise = Image.effect_noise((200, 200), 50)
    gif, jpeg, small = (io.BytesIO() for _ in range(3))
    noise.save(gif, "GIF")
    noise.save(jpeg, "JPEG")
    noise.resize((40, 40)).save(small, "JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", len(small.getvalue()) + 2) + small.getvalue()
    with_small = b"\xff\xd8" + segment + jpeg.getvalue()[2:]
    path = tmp_path / "a.cbz"
    assert reasons(path, {"1.gif": gif.getvalue() + bytes(9), "2.jpg": with_small}) == ""
    for name, data in (("1.gif", gif.getvalue()), ("1.jpg", with_small)):
        assert "seems to be cut off" in reasons(path, {name: data[: len(data) * 2 // 3]})
    assert reasons(path, {"1.jpg": with_small[: len(segment)]}) != ""
