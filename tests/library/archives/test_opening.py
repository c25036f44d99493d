import os
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest
from backports.zstd import compress

from library.archives.base import Inspection, choose_comicinfo, reading_order
from library.archives.exceptions import DamagedArchive
from library.archives.opening import inspect, pages
from library.exceptions import FileChanged
from tests.library.archives.making import (
    FIXTURES,
    PAGE,
    comic_bytes,
    make_comic,
    zip_bytes,
)


def inspected(tmp_path: Path, data: bytes, name: str = "comic.cbz") -> Inspection:
    path = tmp_path / name
    path.write_bytes(data)
    return inspect(path)


def test_a_sound_comic_tells_its_pages_tags_and_identity(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz", {"Series": "Moss"})
    found = inspect(path)
    assert (found.format, found.verdict, found.reason) == ("cbz", "ok", "")
    assert found.pages == ("001.jpg", "002.jpg")
    assert found.comicinfo is not None
    assert b"<Series>Moss</Series>" in found.comicinfo
    assert found.identity is not None
    assert found.identity.inode == path.stat().st_ino


def test_pages_come_folder_by_folder_in_natural_order_without_what_is_no_page() -> None:
    names = [
        "b/10.jpg", "b/2.PNG", "a/1.webp", "__MACOSX/a/._1.jpg", "a/._1.jpg", "Thumbs.db",
        ".hidden/3.jpg", "a/", "notes.txt", "c\\1.jpg", "99999999999999999999999.jpg", "9.jpg",
        "./8.jpg", "./.7.jpg",
    ]  # fmt: skip
    assert reading_order(names) == (
        "./8.jpg", "9.jpg", "99999999999999999999999.jpg", "a/1.webp", "b/2.PNG", "b/10.jpg",
        "c\\1.jpg",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["x/ComicInfo.xml", "comicinfo.XML"], "comicinfo.XML"),
        (["x/ComicInfo.xml", "1.jpg"], "x/ComicInfo.xml"),
        (["x/ComicInfo.xml", "y/ComicInfo.xml"], None),
        (["./x/ComicInfo.xml", "./ComicInfo.xml"], "./ComicInfo.xml"),
        (["__MACOSX/ComicInfo.xml", "ComicInfo.xml.bak"], None),
    ],
)
def test_tags_are_those_at_the_root_or_of_the_only_folder(
    names: list[str], chosen: str | None
) -> None:
    assert choose_comicinfo(names) == chosen


@pytest.mark.parametrize(
    ("data", "name", "container", "verdict", "reason"),
    [
        (b"", "x.cbz", "cbz", "damaged", "The file is empty."),
        (b"hello", "x.cbz", "cbz", "not_a_comic", "The file is not a comic archive."),
        (
            b"PK00" + comic_bytes(),
            "x.cbz",
            "cbz",
            "not_a_comic",
            "There is something in front of the ZIP archive.",
        ),
        (
            bytes(4096),
            "x.cbz",
            "cbz",
            "damaged",
            "The file starts with only zeros: its content was lost.",
        ),
        (b"Rar!\x1a\x07\x00...", "x.cbr", "cbr", "damaged", "The archive ends too early."),
        (b"Rar!\x1a\x07\x01\x00", "x.cbz", "cbr", "damaged", "The archive ends too early."),
        (b"7z\xbc\xaf\x27\x1c....", "x.cb7", "cb7", "damaged", "The archive ends too early."),
        (bytes(257) + b"ustar", "x.cbt", "cbt", "damaged", "The archive ends too early."),
    ],
)
def test_the_content_decides_what_a_file_is(
    tmp_path: Path, data: bytes, name: str, container: str, verdict: str, reason: str
) -> None:
    found = inspected(tmp_path, data, name)
    assert (found.format, found.verdict, found.reason) == (container, verdict, reason)


def test_a_zip_under_another_suffix_is_read_with_a_remark(tmp_path: Path) -> None:
    found = inspected(tmp_path, comic_bytes(), "x.cbr")
    assert (found.format, found.verdict) == ("cbz", "warn")
    assert found.reason == "It is a CBZ file under the name .cbr."


def test_a_zip_without_pages_is_no_comic(tmp_path: Path) -> None:
    assert inspected(tmp_path, zip_bytes({"a.txt": b"x"})).verdict == "not_a_comic"
    assert inspected(tmp_path, zip_bytes({})).verdict == "not_a_comic"


def test_a_comic_cut_off_anywhere_is_damaged(tmp_path: Path) -> None:
    whole = comic_bytes({"Series": "Moss"})
    for size in range(4, len(whole), 7):
        assert inspected(tmp_path, whole[:size]).verdict == "damaged"


def test_what_is_no_regular_file_is_never_opened(tmp_path: Path) -> None:
    target = make_comic(tmp_path / "real.cbz")
    (tmp_path / "folder.cbz").mkdir()
    (tmp_path / "link.cbz").symlink_to(target)
    os.mkfifo(tmp_path / "pipe.cbz")
    assert inspect(tmp_path / "folder.cbz").verdict == "not_a_comic"
    assert inspect(tmp_path / "link.cbz").reason == "It is a link; links are not followed."
    assert inspect(tmp_path / "pipe.cbz").verdict == "refused"


def test_a_file_that_is_gone_has_no_identity(tmp_path: Path) -> None:
    found = inspect(tmp_path / "gone.cbz")
    assert (found.verdict, found.reason) == ("unread", "The file is no longer there.")
    assert found.identity is None


def test_tags_that_stand_twice_are_remarked_and_the_last_count(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = zip_bytes([("ComicInfo.xml", b"<a/>"), ("1.jpg", PAGE), ("ComicInfo.xml", b"<b/>")])
    found = inspected(tmp_path, data)
    assert (found.verdict, found.comicinfo) == ("warn", b"<b/>")


def test_an_entry_that_points_out_of_the_archive_is_refused(tmp_path: Path) -> None:
    assert inspected(tmp_path, zip_bytes({"../1.jpg": PAGE})).verdict == "refused"
    assert inspected(tmp_path, zip_bytes({"a\\..\\1.jpg": PAGE})).verdict == "refused"


def test_more_entries_than_allowed_are_refused(tmp_path: Path) -> None:
    found = inspected(tmp_path, zip_bytes([(f"{n}.jpg", b"") for n in range(20_001)]))
    assert found.verdict == "refused"


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = zip_bytes({"1.jpg": bytes(65 * 2**20)}, compression=zipfile.ZIP_DEFLATED)
    found = inspected(tmp_path, bomb)
    assert found.reason == "The archive would unpack to suspiciously much."


def test_tags_of_more_than_two_mebibytes_are_refused(tmp_path: Path) -> None:
    data = zip_bytes(
        {"1.jpg": PAGE, "ComicInfo.xml": bytes(2**21 + 1)}, compression=zipfile.ZIP_DEFLATED
    )
    assert inspected(tmp_path, data).reason == "ComicInfo.xml is larger than 2 MiB."


def test_damaged_tags_make_a_damaged_comic(tmp_path: Path) -> None:
    data = zip_bytes({"1.jpg": PAGE, "ComicInfo.xml": b"<ComicInfo/>"})
    damaged = data.replace(b"<ComicInfo/>", b"<ComicXnfo/>")
    assert inspected(tmp_path, damaged).reason == "ComicInfo.xml in the archive is damaged."


def test_a_file_that_changes_while_it_is_read_is_not_trusted(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz", pages=3)
    reading = pages(path)
    next(reading)
    make_comic(path, pages=5)
    with pytest.raises(FileChanged):
        list(reading)


def test_a_file_that_is_removed_while_it_is_read_is_read_to_its_end(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz", pages=3)
    reading = pages(path)
    next(reading)
    path.unlink()
    assert len(list(reading)) == 2


def test_only_the_expected_file_is_read(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz")
    expected = inspect(path).identity
    make_comic(path, {"Series": "someone else's"})
    with pytest.raises(FileChanged):
        next(pages(path, expected=expected))


def test_a_page_with_a_wrong_sum_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(comic_bytes().replace(b"nobody", b"somebo", 1))
    assert inspect(path).verdict == "ok"
    with pytest.raises(DamagedArchive, match=r"001\.jpg in the archive is damaged"):
        list(pages(path))


@pytest.mark.parametrize(
    ("name", "count"), [("bzip2", 3), ("deflate", 3), ("deflate64", 3), ("lzma", 3)]
)
def test_what_seven_zip_packs_into_a_zip_is_read(name: str, count: int) -> None:
    path = FIXTURES / "made" / f"{name}.cbz"
    assert b"<Series>Moss</Series>" in (inspect(path).comicinfo or b"")
    assert len(list(pages(path))) == count


def test_zstandard_in_a_zip_is_read(tmp_path: Path) -> None:
    packed = compress(PAGE)
    data = bytearray(zip_bytes({"1.jpg": packed}))
    central = data.index(b"PK\x01\x02")
    for at, extra in ((0, 0), (central, 2)):
        data[at + 8 + extra : at + 10 + extra] = (93).to_bytes(2, "little")
        data[at + 14 + extra : at + 18 + extra] = zlib.crc32(PAGE).to_bytes(4, "little")
        data[at + 22 + extra : at + 26 + extra] = len(PAGE).to_bytes(4, "little")
    (tmp_path / "a.cbz").write_bytes(data)
    assert [page.data for page in pages(tmp_path / "a.cbz")] == [PAGE]
