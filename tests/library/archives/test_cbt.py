import gzip
import io
import os
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from library.archives.cbt import TarReader
from library.archives.opening import inspect, pages
from tests.library.archives.making import FIXTURES, PAGE

MADE = FIXTURES / "made"
LONG = "ü" * 60 + "/" + "y" * 90 + "/"


def tar_bytes(
    members: dict[str, bytes], *, form: int = tarfile.USTAR_FORMAT, compression: str = ""
) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{compression}", format=form) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_589_718_896
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["v7", "ustar", "gnu", "posix", "gzip", "xz", "bzip2"])
def test_what_tar_writes_is_read(name: str) -> None:
    path = MADE / f"{name}.cbt"
    found = inspect(path)
    assert (found.format, found.verdict, found.reason) == ("cbt", "ok", "")
    assert found.pages == ("Vol 1/001.jpg", "Vol 1/002.jpg", "Vol 1/010.png")
    assert b"<Series>Moss</Series>" in (found.comicinfo or b"")
    read = list(pages(path))
    assert read[0].data == b"\xff\xd8\xff\xe0 first page \xff\xd9"
    assert [page.size for page in read] == [len(page.data) for page in read]
    file = os.open(path, os.O_RDONLY)
    try:
        times = {entry.modified for entry in TarReader(file).entries}
    finally:
        os.close(file)
    assert times == {datetime(2020, 5, 17, 12, 34, 56, tzinfo=UTC)}


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_whole(tmp_path: Path, form: int) -> None:
    path = tmp_path / "a.cbt"
    path.write_bytes(tar_bytes({LONG + "1.jpg": PAGE, "2.jpg": PAGE}, form=form))
    assert inspect(path).pages == ("2.jpg", LONG + "1.jpg")


def test_only_plain_tars_take_tags() -> None:
    assert inspect(MADE / "gnu.cbt").unwritable == ""
    assert "Convert it to CBZ first" in inspect(MADE / "xz.cbt").unwritable


def test_links_and_devices_are_left_out_with_a_remark(tmp_path: Path) -> None:
    for kind, word in ((tarfile.SYMTYPE, "links"), (tarfile.CHRTYPE, "devices")):
        buffer = io.BytesIO(tar_bytes({"1.jpg": PAGE}))
        with tarfile.open(fileobj=buffer, mode="a:") as archive:
            info = tarfile.TarInfo("2.jpg")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        (tmp_path / "a.cbt").write_bytes(buffer.getvalue())
        found = inspect(tmp_path / "a.cbt")
        assert (found.verdict, found.pages) == ("warn", ("1.jpg",))
        assert word in found.reason


@pytest.mark.parametrize("compression", ["", "gz", "xz", "bz2"])
def test_a_tar_cut_off_anywhere_is_damaged(tmp_path: Path, compression: str) -> None:
    whole = tar_bytes({"1.jpg": PAGE, "2.jpg": PAGE}, compression=compression)
    path = tmp_path / "a.cbt"
    for size in range(20, len(whole) if compression else 2048, 61):
        path.write_bytes(whole[:size])
        assert inspect(path).verdict in ("damaged", "not_a_comic")


def test_several_compressed_streams_in_a_row_are_one(tmp_path: Path) -> None:
    whole = tar_bytes({"1.jpg": PAGE * 100, "2.jpg": PAGE})
    path = tmp_path / "a.cbt"
    path.write_bytes(gzip.compress(whole[:700]) + gzip.compress(whole[700:]) + bytes(10))
    assert [page.data for page in pages(path)] == [PAGE * 100, PAGE]


def test_a_changed_header_is_damage(tmp_path: Path) -> None:
    whole = bytearray(tar_bytes({"1.jpg": PAGE, "2.jpg": PAGE}))
    whole[1024 + 2] ^= 1
    (tmp_path / "a.cbt").write_bytes(whole)
    assert inspect(tmp_path / "a.cbt").verdict == "damaged"


@pytest.mark.parametrize("field", [b"\xff" * 10 + b"\xfc\x18", b"no date at a"])
def test_a_date_never_decides(tmp_path: Path, field: bytes) -> None:
    whole = bytearray(tar_bytes({"1.jpg": PAGE}))
    whole[136:148] = field
    whole[148:156] = b" " * 8
    whole[148:156] = b"%06o\0 " % sum(whole[:512])
    path = tmp_path / "a.cbt"
    path.write_bytes(whole)
    assert inspect(path).verdict == "ok"
    file = os.open(path, os.O_RDONLY)
    try:
        (entry,) = TarReader(file).entries
    finally:
        os.close(file)
    before_1970 = datetime(1969, 12, 31, 23, 43, 20, tzinfo=UTC)
    assert entry.modified == (before_1970 if field[0] == 0xFF else None)


@pytest.mark.parametrize("padding", [0, 300 * 2**10])
def test_a_second_tar_is_seen_however_far_behind(tmp_path: Path, padding: int) -> None:
    whole = tar_bytes({"1.jpg": PAGE})
    for data in (whole + bytes(padding) + whole, gzip.compress(whole + bytes(padding) + whole)):
        (tmp_path / "a.cbt").write_bytes(data)
        assert inspect(tmp_path / "a.cbt").reason == "Something follows the archive's end."
    (tmp_path / "a.cbt").write_bytes(whole + bytes(padding))
    assert inspect(tmp_path / "a.cbt").verdict == "ok"
