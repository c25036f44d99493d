import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.archives.exceptions import ArchiveError, DamagedArchive, RefusedArchive
from library.archives.opening import inspect
from library.archives.zipdirectory import Directory, read_directory
from tests.library.archives.making import PAGE, comic_bytes, zip_bytes

SOUND = zip_bytes({"1.jpg": PAGE, "2.jpg": PAGE}, comment=b"by hand")
CENTRAL = SOUND.index(b"PK\x01\x02")
SECOND_CENTRAL = SOUND.index(b"PK\x01\x02", CENTRAL + 1)
SECOND_LOCAL = SOUND.index(b"PK\x03\x04", 1)
END = SOUND.index(b"PK\x05\x06")


def directory_of(path: Path, data: bytes) -> Directory:
    path.write_bytes(data)
    file = os.open(path, os.O_RDONLY)
    try:
        return read_directory(file)
    finally:
        os.close(file)


def patched(offset: int, data: bytes) -> bytes:
    return SOUND[:offset] + data + SOUND[offset + len(data) :]


def with_zip64_end(change: Callable[[bytearray], None] = lambda record: None) -> bytes:
    size = END - CENTRAL
    record = bytearray(
        struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 2, 2, size, CENTRAL)
    )
    change(record)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, END, 1)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    return SOUND[:END] + bytes(record) + locator + end


def test_a_sound_directory_is_read_with_its_comment(tmp_path: Path) -> None:
    found = directory_of(tmp_path / "a", SOUND)
    assert [member.name for member in found.members] == ["1.jpg", "2.jpg"]
    assert (found.offset, found.comment) == (CENTRAL, b"by hand")


def test_zip64_end_records_are_read(tmp_path: Path) -> None:
    found = directory_of(tmp_path / "a", with_zip64_end())
    assert [member.name for member in found.members] == ["1.jpg", "2.jpg"]


HOSTILE = {
    "something after the end": (SOUND + b"\0", DamagedArchive),
    "something before the start": (b"MZ" + SOUND, DamagedArchive),
    "an end too many": (
        SOUND + b"PK\x05\x06" + SOUND[END + 4 : END + 20] + b"\0\0",
        DamagedArchive,
    ),
    "an end hidden in the comment": (
        zip_bytes({"1.jpg": PAGE}, comment=b"PK\x05\x06" + bytes(18)),
        RefusedArchive,
    ),
    "one entry more than there is": (patched(END + 8, b"\3\0\3\0"), DamagedArchive),
    "one entry less than there is": (patched(END + 8, b"\1\0\1\0"), DamagedArchive),
    "several disks": (patched(END + 4, b"\1\0"), DamagedArchive),
    "a directory elsewhere": (
        patched(END + 16, struct.pack("<I", CENTRAL - 1)),
        DamagedArchive,
    ),
    "a directory of another size": (
        patched(END + 12, struct.pack("<I", END - CENTRAL + 1)),
        DamagedArchive,
    ),
    "a broken central signature": (patched(SECOND_CENTRAL, b"PK\x01\x00"), DamagedArchive),
    "a broken local signature": (patched(SECOND_LOCAL, b"PK\x03\x00"), DamagedArchive),
    "two entries in one place": (
        patched(SECOND_CENTRAL + 42, b"\0\0\0\0"),
        RefusedArchive,
    ),
    "an entry beyond the directory": (
        patched(SECOND_CENTRAL + 42, struct.pack("<I", CENTRAL)),
        DamagedArchive,
    ),
    "sizes that reach into the next entry": (
        patched(18, struct.pack("<2I", 200, 200))[:CENTRAL]
        + patched(CENTRAL + 20, struct.pack("<2I", 200, 200))[CENTRAL:],
        RefusedArchive,
    ),
    "sizes that disagree": (patched(18, struct.pack("<2I", 1, 1)), DamagedArchive),
    "sums that disagree": (patched(14, b"\0\0\0\0"), DamagedArchive),
    "methods that disagree": (patched(8, b"\x08\0"), DamagedArchive),
    "flags that disagree": (patched(6, b"\x08\0"), DamagedArchive),
    "names that disagree": (patched(30, b"9.jpg"), RefusedArchive),
    "a zip64 record elsewhere": (
        with_zip64_end(lambda record: struct.pack_into("<Q", record, 4, 45)),
        DamagedArchive,
    ),
    "a zip64 record without signature": (
        with_zip64_end(lambda record: struct.pack_into("<4s", record, 0, b"PK\0\0")),
        DamagedArchive,
    ),
    "a zip64 count that lies": (
        with_zip64_end(lambda record: struct.pack_into("<2Q", record, 24, 3, 3)),
        DamagedArchive,
    ),
    "a zip64 offset beyond the file": (
        with_zip64_end(lambda record: struct.pack_into("<Q", record, 48, 2**63)),
        DamagedArchive,
    ),
    "a zip64 count beyond reason": (
        with_zip64_end(lambda record: struct.pack_into("<2Q", record, 24, 2**40, 2**40)),
        RefusedArchive,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_records_that_disagree_are_never_trusted(tmp_path: Path, kind: str) -> None:
    data, error = HOSTILE[kind]
    with pytest.raises(error):
        directory_of(tmp_path / "a", data)


def test_a_small_end_that_contradicts_zip64_is_damaged(tmp_path: Path) -> None:
    data = bytearray(with_zip64_end())
    struct.pack_into("<2H", data, len(data) - 14, 1, 1)
    with pytest.raises(DamagedArchive):
        directory_of(tmp_path / "a", bytes(data))


def test_an_encrypted_page_makes_an_encrypted_comic(tmp_path: Path) -> None:
    data = bytearray(SOUND)
    data[6] |= 1
    data[CENTRAL + 8] |= 1
    path = tmp_path / "a.cbz"
    path.write_bytes(data)
    assert inspect(path).verdict == "encrypted"


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_flipped_bytes_give_a_verdict_and_no_crash(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(comic_bytes({"Series": "Moss"}))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "flipped"
    try:
        directory_of(path, bytes(whole))
    except ArchiveError as error:
        assert str(error).endswith(".")  # noqa: PT017
    assert inspect(path).verdict in ("ok", "warn", "damaged", "encrypted", "refused", "not_a_comic")


def with_unicode_path(raw_name: bytes, other: str, *, crc: int | None = None) -> bytes:
    body = struct.pack("<BI", 1, zlib.crc32(raw_name) if crc is None else crc) + other.encode()
    info = zipfile.ZipInfo("1" * (len(raw_name) - 4) + ".jpg")
    info.extra = struct.pack("<2H", 0x7075, len(body)) + body
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, PAGE)
    return buffer.getvalue().replace(info.filename.encode(), raw_name)


@pytest.mark.parametrize(
    ("raw_name", "other", "crc", "verdict"),
    [
        (b"1.jpg", "ComicInfo.xml", None, "refused"),
        (b"1.jpg", "1.jpg", None, "ok"),
        (b"1.jpg", "2.jpg", 5, "ok"),
        ("ü.jpg".encode(), "ö.jpg", None, "refused"),
        (b"\x81.jpg", "ü.jpg", None, "ok"),
        (b"\x81.jpg", "1.xml", None, "refused"),
    ],
)
def test_an_extra_name_may_not_be_another_one(
    tmp_path: Path, raw_name: bytes, other: str, crc: int | None, verdict: str
) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(with_unicode_path(raw_name, other, crc=crc))
    assert inspect(path).verdict == verdict
