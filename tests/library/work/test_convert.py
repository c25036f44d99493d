import datetime
import hashlib
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from library.archives import cbr, converting
from library.archives.constructions import BuiltFile
from library.archives.exceptions import DamagedArchive
from library.archives.filebytes import write_all
from library.archives.junk import is_junk
from library.archives.opening import inspect, pages
from library.exceptions import ComicError, FileChanged
from library.work import scan
from library.work.convert import examine
from library.work.grouping import build_all
from library.work.process import Plan
from tests.library.archives.making import FIXTURES, PAGE, leftovers, make_comic, needs_libarchive
from tests.library.archives.rar_making import rar4_bytes, rar5_bytes, with_pages

CONVERTIBLE = [
    "bzip2.cb7", "copy.cb7", "deflate.cb7", "lzma.cb7", "lzma2.cb7", "not-solid.cb7",
    "gnu.cbt", "posix.cbt", "ustar.cbt", "v7.cbt", "gzip.cbt", "xz.cbt", "bzip2.cbt",
]  # fmt: skip


def copied(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes((FIXTURES / "made" / name).read_bytes())
    return path


def build(plan: Plan) -> BuiltFile | None:
    [built] = build_all("library.work.convert", [plan])
    if isinstance(built, ComicError):
        raise built
    return built


def converted(path: Path, **options: object) -> Path:
    """What a job does with the file, without the safeguards that are tested elsewhere."""
    plan = examine({"path": str(path)}, options)
    assert (plan.outcome, plan.message) == ("changed", "")
    new = path.with_name(plan.new_name or path.name)
    if built := build(plan):
        path.unlink()
        path.with_name(built.name).rename(new)
    else:
        path.rename(new)
    return new


def digests(path: Path) -> list[tuple[str, str]]:
    return sorted((page.name, hashlib.sha256(page.data).hexdigest()) for page in pages(path))


@pytest.mark.parametrize("name", [*CONVERTIBLE, pytest.param("ppmd.cb7", marks=needs_libarchive)])
def test_pages_tags_and_dates_are_the_same_afterwards(tmp_path: Path, name: str) -> None:
    path = copied(tmp_path, name)
    before, pages_before, status = inspect(path), digests(path), path.stat()
    new = converted(path)
    after = inspect(new)
    assert (after.format, after.verdict) == ("cbz", "ok")
    assert (after.pages, after.comicinfo) == (before.pages, before.comicinfo)
    assert digests(new) == pages_before
    assert new.stat().st_mtime_ns == status.st_mtime_ns
    assert [child.name for child in tmp_path.iterdir()] == [new.name]
    with zipfile.ZipFile(new) as archive:
        assert archive.testzip() is None
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {info.date_time for info in archive.infolist()} == {(2020, 5, 17, 12, 34, 56)}
        stamp = int(datetime.datetime(2020, 5, 17, 12, 34, 56, tzinfo=datetime.UTC).timestamp())
        assert all(i.extra[-4:] == stamp.to_bytes(4, "little") for i in archive.infolist())


@pytest.mark.parametrize("make", [rar4_bytes, rar5_bytes])
def test_a_rar_becomes_a_cbz_with_all_that_was_in_it(
    tmp_path: Path, make: Callable[..., bytes]
) -> None:
    members = {"b/2.jpg": PAGE, "ü/1.png": b"", "notes.txt": b"n", "ComicInfo.xml": b"<broken"}
    path = tmp_path / "Moss v1.5.cbr"
    path.write_bytes(make(members))
    new = converted(path)
    assert new.name == "Moss v1.5.cbz"
    with zipfile.ZipFile(new) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == members


def test_the_same_archive_makes_the_same_bytes(tmp_path: Path) -> None:
    path = copied(tmp_path, "lzma.cb7")
    plan = examine({"path": str(path)}, {})
    first, second = build(plan), build(plan)
    assert first and second
    assert (tmp_path / first.name).read_bytes() == (tmp_path / second.name).read_bytes()


def test_a_rar_under_the_name_of_a_cbz_is_converted_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(rar5_bytes({"1.jpg": PAGE}))
    assert converted(path) == path
    assert inspect(path).verdict == "ok"


def test_a_cbz_under_another_name_only_gets_its_name(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbr", {"Series": "Moss"})
    before, inode = path.read_bytes(), path.stat().st_ino
    new = converted(path)
    assert (new.name, new.read_bytes(), new.stat().st_ino) == ("a.cbz", before, inode)


def test_a_cbz_is_right_already(tmp_path: Path) -> None:
    assert examine({"path": str(make_comic(tmp_path / "a.cbz"))}, {}).outcome == "unchanged"


@pytest.mark.parametrize(
    ("name", "outcome"), [("encrypted.cb7", "failed"), ("bcj2.cb7", "skipped")]
)
def test_what_cannot_be_read_is_said_and_left_alone(
    tmp_path: Path, name: str, outcome: str
) -> None:
    plan = examine({"path": str(copied(tmp_path, name))}, {})
    assert plan.outcome == outcome
    assert plan.message.endswith(".")


def test_without_a_library_for_rar_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cbr, "can_decode", lambda name, kind: False)
    path = tmp_path / "a.cbr"
    path.write_bytes(with_pages((FIXTURES / "rarfile" / "rar5-solid.rar").read_bytes()))
    plan = examine({"path": str(path)}, {})
    assert (plan.outcome, "Install" in plan.message) == ("skipped", True)


JUNK = {
    "Thumbs.db": b"t", "a/desktop.ini": b"d", "a/.DS_Store": b"s", "__MACOSX/a/._1.jpg": b"m",
    "a/._1.jpg": b"u", "__MACOSX/notes.txt": b"m", "a\\Thumbs.db": b"t",
}  # fmt: skip


def test_what_systems_left_behind_goes_only_where_that_is_wanted(tmp_path: Path) -> None:
    kept = {"a/2.jpg": PAGE, "a/10.jpg": PAGE * 2, "notes.txt": b"n", "ComicInfo.xml": b"<a/>"}
    members = {"Thumbs.db": b"t", **kept, **JUNK}
    for options, wanted in (({}, members), ({"drop_junk": True}, kept)):
        path = tmp_path / "x.cbr"
        path.write_bytes(rar5_bytes(members))
        new = converted(path, **options)
        with zipfile.ZipFile(new) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == wanted
        assert inspect(new).pages == ("a/2.jpg", "a/10.jpg")
        new.unlink()


@pytest.mark.parametrize("name", ["1.jpg", "Thumbs.jpg", "__macosx/1.jpg", "ds_store", "_.txt"])
def test_what_may_be_someones_own_is_no_junk(name: str) -> None:
    assert not is_junk(name)


XML = b"<ComicInfo><Title>T</Title><Series>Moss</Series><Number>3</Number></ComicInfo>"


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("Moss - Chapter 0003.cbr", {"1.jpg": PAGE, "ComicInfo.xml": XML}),
        ("x.cbr", {"1.jpg": PAGE, "ComicInfo.xml": XML}),
        ("x.cbz", {"1.jpg": PAGE, "2.jpg": PAGE}),
        ("x.cbr", {"1.jpg": PAGE, "ComicInfo.xml": b"<broken"}),
        ("x.cbr", {"1.jpg": PAGE, "ComicInfo.xml": XML, "comicinfo.xml": XML}),
    ],
)
def test_what_the_row_gets_is_what_a_scan_then_says(
    tmp_path: Path, name: str, members: dict[str, bytes]
) -> None:
    path = tmp_path / name
    path.write_bytes(rar5_bytes(members))
    plan = examine({"path": str(path)}, {})
    found = scan.examine({"path": str(converted(path))})
    assert plan.after == found["tags"]
    assert plan.row == {
        "format": "cbz", "verdict": found["verdict"], "verdict_reason": found["reason"],
        "page_count": found["page_count"], "state": found["state"],
        "state_reason": found["state_reason"],
    }  # fmt: skip


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_tar_with_a_link_stays_because_the_link_may_be_a_page(
    tmp_path: Path, kind: bytes
) -> None:
    path = tmp_path / "x.cbt"
    with tarfile.open(path, "w") as archive:
        page, link = tarfile.TarInfo("1.jpg"), tarfile.TarInfo("2.jpg")
        page.size, link.type, link.linkname = len(PAGE), kind, "1.jpg"
        archive.addfile(page, io.BytesIO(PAGE))
        archive.addfile(link)
    plan = examine({"path": str(path)}, {})
    assert plan.outcome == "skipped"
    assert plan.message == "It holds links, which were left out. A .cbz would lack them."


def test_nor_is_a_rar_with_links_to_other_files(tmp_path: Path) -> None:
    path = tmp_path / "x.cbr"
    path.write_bytes(with_pages((FIXTURES / "rarfile" / "rar3-symlink-unix.rar").read_bytes()))
    assert inspect(path).pages
    assert examine({"path": str(path)}, {}).outcome == "skipped"


@pytest.mark.parametrize(("name", "count"), [("rar5-dups", 9), ("rar5-hlink", 3)])
def test_like_pages_that_a_rar_stores_once_are_all_there(
    tmp_path: Path, name: str, count: int
) -> None:
    path = tmp_path / "x.cbr"
    path.write_bytes(with_pages((FIXTURES / "rarfile" / f"{name}.rar").read_bytes()))
    names = [f"stest{n}.jpg" for n in range(1, count + 1)]
    assert inspect(path).pages == tuple(names)
    with zipfile.ZipFile(converted(path)) as archive:
        assert archive.namelist() == names
        assert len({archive.read(name) for name in names}) == 1


def test_mode_and_attributes_go_over(tmp_path: Path) -> None:
    path = copied(tmp_path, "lzma.cb7")
    path.chmod(0o640)
    assert stat.S_IMODE(converted(path).stat().st_mode) == 0o640


def test_a_page_that_is_damaged_stops_it_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.cbr"
    path.write_bytes(rar5_bytes({"1.jpg": PAGE, "2.jpg": PAGE}).replace(b"nobody", b"somebo", 1))
    plan = examine({"path": str(path)}, {})
    before = path.read_bytes()
    with pytest.raises(DamagedArchive):
        build(plan)
    assert (path.read_bytes(), leftovers(tmp_path)) == (before, [])


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = copied(tmp_path, "lzma.cb7")
    plan = examine({"path": str(path)}, {})
    path.write_bytes(rar5_bytes({"1.jpg": PAGE}))
    with pytest.raises(FileChanged):
        build(plan)
    assert leftovers(tmp_path) == []


def test_reading_back_finds_bytes_that_did_not_arrive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = copied(tmp_path, "lzma.cb7")
    plan = examine({"path": str(path)}, {})

    def write_badly(file: int, data: bytes, offset: int) -> None:
        write_all(file, data, offset)
        if data.startswith(b"\xff\xd8"):
            os.pwrite(file, b"\0", offset + 3)

    monkeypatch.setattr(converting, "write_all", write_badly)
    with pytest.raises(DamagedArchive):
        build(plan)
    assert leftovers(tmp_path) == []
