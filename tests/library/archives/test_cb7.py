import io
import os
import struct
import threading
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import py7zr
import pytest

from library.archives import cb7
from library.archives.cb7 import SevenZipReader
from library.archives.exceptions import ArchiveError
from library.archives.libarchiving import CannotDecode
from library.archives.opening import inspect, pages
from tests.library.archives.making import FIXTURES, PAGE, needs_libarchive

MADE = FIXTURES / "made"
METHODS = ["bzip2", "copy", "deflate", "deflate64", "delta", "lzma", "lzma2", "not-solid"]
PPMD = pytest.param("ppmd", marks=needs_libarchive)


def seven_zip_bytes(members: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as archive:
        for name, data in members:
            archive.writestr(data, name)
    return buffer.getvalue()


@pytest.mark.parametrize("method", [*METHODS, PPMD])
def test_what_seven_zip_writes_is_read(method: str) -> None:
    path = MADE / f"{method}.cb7"
    found = inspect(path)
    assert (found.format, found.verdict, found.reason) == ("cb7", "ok", "")
    assert found.pages == ("Vol 1/001.jpg", "Vol 1/002.jpg", "Vol 1/010.png")
    assert b"<Series>Moss</Series>" in (found.comicinfo or b"")
    read = list(pages(path))
    assert all(page.crc == zlib.crc32(page.data) for page in read)
    assert read[0].data == b"\xff\xd8\xff\xe0 first page \xff\xd9"


def test_times_are_kept() -> None:
    file = os.open(MADE / "lzma.cb7", os.O_RDONLY)
    try:
        times = {entry.modified for entry in SevenZipReader(file).entries}
    finally:
        os.close(file)
    assert times == {datetime(2020, 5, 17, 12, 34, 56, tzinfo=UTC)}


@pytest.mark.parametrize("name", ["encrypted", "encrypted-names"])
def test_a_password_is_said(name: str) -> None:
    assert inspect(MADE / f"{name}.cb7").verdict == "encrypted"


@pytest.mark.parametrize("name", ["bcj2", "arm64"])
def test_rare_filters_are_said_not_to_be_readable(name: str) -> None:
    found = inspect(MADE / f"{name}.cb7")
    assert (found.verdict, found.identity is None) == ("unread", False)


def test_files_of_one_name_and_empty_ones_come_in_order(tmp_path: Path) -> None:
    path = tmp_path / "a.cb7"
    path.write_bytes(seven_zip_bytes([("1.jpg", PAGE), ("0.jpg", b""), ("1.jpg", PAGE * 2)]))
    assert [page.data for page in pages(path)] == [PAGE, b"", PAGE * 2]


def test_a_reader_that_stops_early_leaves_no_thread_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.cb7"
    path.write_bytes(seven_zip_bytes([(f"{n}.jpg", PAGE * n) for n in range(1, 9)]))
    before = threading.active_count()
    reading = pages(path)
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_cut_off_or_changed_anywhere_it_is_never_read_as_another_comic(tmp_path: Path) -> None:
    path, whole = tmp_path / "a.cb7", (MADE / "not-solid.cb7").read_bytes()
    sound = [page.data for page in pages(MADE / "not-solid.cb7")]
    for size in range(6, len(whole), 5):
        path.write_bytes(whole[:size])
        assert inspect(path).verdict == "damaged"
    for at in range(8, len(whole), 5):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x11]) + whole[at + 1 :])
        with suppress(ArchiveError):
            assert [page.data for page in pages(path)] == sound


def with_header(header: bytes) -> bytes:
    start = struct.pack("<QQI", 0, len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + header


@pytest.mark.parametrize(
    ("header", "verdict"),
    [
        (b"\x01\x05\xff" + b"\xff" * 8, "refused"),
        (b"\x01\x05\x01\x11\xff" + b"\xff" * 8, "damaged"),
        (b"\x01\x04\x06\x00\xff" + b"\xff" * 8, "refused"),
        (b"\x01\x04\x07\x0b\x01\x00\x1f", "damaged"),
        (b"\x01", "damaged"),
        (b"\x17\x00", "damaged"),
        (b"\x01\x00", "not_a_comic"),
    ],
)
def test_promises_beyond_all_bounds_are_not_believed(
    tmp_path: Path, header: bytes, verdict: str
) -> None:
    path = tmp_path / "a.cb7"
    path.write_bytes(with_header(header))
    assert inspect(path).verdict == verdict


def test_ppmd_is_left_to_libarchive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise CannotDecode

    monkeypatch.setattr(cb7, "libarchive_entries", missing)
    found = inspect(MADE / "ppmd.cb7")
    assert (found.verdict, found.reason) == (
        "unread",
        "It is packed with PPMd. Install libarchive to read it.",
    )


@pytest.mark.parametrize("name", ["ppmd", "lzma", "bzip2"])
def test_packed_bytes_that_are_wrong_are_damage(tmp_path: Path, name: str) -> None:
    whole = bytearray((MADE / f"{name}.cb7").read_bytes())
    whole[60:70] = bytes(10)
    (tmp_path / "a.cb7").write_bytes(whole)
    with pytest.raises(ArchiveError):
        list(pages(tmp_path / "a.cb7"))
