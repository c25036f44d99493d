import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from library.archives import cbr
from library.archives.cbr import RarReader, available_readers
from library.archives.exceptions import (
    ArchiveError,
    DamagedArchive,
    EncryptedArchive,
    UnreadFormat,
)
from library.archives.opening import inspect, pages
from tests.library.archives.making import FIXTURES, PAGE
from tests.library.archives.rar_making import (
    RAR5,
    RAR5_END,
    RAR5_MAIN,
    rar4_bytes,
    rar5_bytes,
    rar5_file,
)

RARFILE = FIXTURES / "rarfile"
MEMBERS = {"b/2.jpg": PAGE, "b/10.jpg": PAGE * 9, "ComicInfo.xml": b"<ComicInfo/>"}


@contextmanager
def opened(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDONLY)
    try:
        yield file
    finally:
        os.close(file)


def read(path: Path) -> dict[str, int]:
    with opened(path) as file:
        reader = RarReader(file)
        return {entry.name: len(data) for entry, data in reader.read(reader.entries)}


def test_pip_alone_brings_a_reader_for_both_kinds_solid_ones_too() -> None:
    first = available_readers()[0]
    assert (first.name, first.kinds) == ("unrar2-cffi", ("RAR4", "RAR5"))


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("rar3-solid", {"stest1.txt": 2048, "stest2.txt": 2048}),
        ("rar5-solid", {"stest1.txt": 2048, "stest2.txt": 2048}),
        ("rar5-blake", {"stest1.txt": 2048, "stest2.txt": 2048}),
        ("seektest", {"stest1.txt": 2048, "stest2.txt": 2048}),
        ("rar3-versions", {"versioned.txt": 2}),
        ("rar5-versions", {"versioned.txt": 2}),
        ("unicode", {"уииоотивл.txt": 2, "𝐀𝐁𝐁𝐂.txt": 2}),
        ("rar2-unix-owner", {"file.txt": 4}),
        ("rar202-comment-nopsw", {"FILE1.TXT": 7, "FILE2.TXT": 7}),
        ("rar5-hlink", {f"stest{n}.txt": 2048 for n in range(1, 4)}),
        ("rar5-dups", {f"stest{n}.txt": 2048 for n in range(1, 10)}),
        ("rar5-evil-symlink-traversal", {"up/pwned.txt": 23}),
    ],
)
def test_files_that_rar_made_are_read(name: str, sizes: dict[str, int]) -> None:
    assert read(RARFILE / f"{name}.rar") == sizes


@pytest.mark.parametrize("name", ["rar5-dups", "rar5-hlink"])
def test_a_copy_alone_has_the_bytes_of_its_source(name: str) -> None:
    with opened(RARFILE / f"{name}.rar") as file:
        reader = RarReader(file)
        (_, first), (_, copy) = reader.read(reader.entries[::2][:2])
        [(entry, alone)] = reader.read(reader.entries[1:2])
    assert entry.name == "stest2.txt"
    assert first == copy == alone
    assert len(alone) == 2048


def test_a_copy_of_nothing_is_a_link_that_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.cbr"
    record = b"\x05\x05\x00\x07no such"  # a redirection: a copy of the file of that name
    copy = rar5_file(b"2.jpg", b"", size=len(PAGE), extra=bytes([len(record)]) + record)
    path.write_bytes(RAR5 + RAR5_MAIN + rar5_file(b"1.jpg", PAGE) + copy + RAR5_END)
    found = inspect(path)
    assert found.pages == ("1.jpg",)
    assert "links, which were left out" in found.reason


@pytest.mark.parametrize(
    "name", ["rar202-comment-psw", "rar3-comment-hpsw", "rar3-comment-psw", "rar5-hpsw", "rar5-psw"]
)
def test_a_password_is_said(name: str) -> None:
    with pytest.raises(EncryptedArchive):
        read(RARFILE / f"{name}.rar")


def test_bytes_that_do_not_unpack_are_damage() -> None:
    with pytest.raises(DamagedArchive):
        read(FIXTURES / "unrar2-cffi" / "test_corrupted.rar")


@pytest.mark.parametrize("make", [rar4_bytes, rar5_bytes])
def test_stored_files_need_no_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[..., bytes]
) -> None:
    monkeypatch.setattr(cbr, "can_decode", lambda name, kind: False)
    path = tmp_path / "a.cbr"
    path.write_bytes(make(MEMBERS))
    found = inspect(path)
    assert (found.verdict, found.pages) == ("ok", ("b/2.jpg", "b/10.jpg"))
    assert found.comicinfo == b"<ComicInfo/>"
    assert [page.data for page in pages(path)] == [PAGE, PAGE * 9]


def test_without_any_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cbr, "can_decode", lambda name, kind: False)
    with pytest.raises(UnreadFormat, match="Install the Python package unrar2-cffi"):
        read(RARFILE / "rar5-solid.rar")


def test_one_that_fails_on_a_kind_leaves_it_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Iterator[tuple[int, bytes]]:
        raise cbr.CannotDecode
        yield

    usual = cbr.DECODERS["unrar2-cffi"]
    monkeypatch.setattr(cbr, "DECODERS", {"first": fail, "second": usual})
    monkeypatch.setattr(cbr, "can_decode", lambda name, kind: True)
    assert len(read(RARFILE / "rar5-solid.rar")) == 2


def test_times_are_local_in_rar4_and_exact_in_rar5(tmp_path: Path) -> None:
    for make, wanted in (
        (rar4_bytes, datetime(2020, 5, 17, 12, 34, 56)),
        (rar5_bytes, datetime(2020, 5, 17, 12, 34, 28, tzinfo=UTC)),
    ):
        (tmp_path / "a.cbr").write_bytes(make(MEMBERS))
        with opened(tmp_path / "a.cbr") as file:
            assert {entry.modified for entry in RarReader(file).entries} == {wanted}


@pytest.mark.parametrize("make", [rar4_bytes, rar5_bytes])
def test_cut_off_or_changed_anywhere_it_is_never_read_as_another_comic(
    tmp_path: Path, make: Callable[..., bytes]
) -> None:
    path, whole = tmp_path / "a.cbr", make(MEMBERS)
    for size in range(9, len(whole) - 1, 3):
        path.write_bytes(whole[:size])
        assert inspect(path).verdict == "damaged"
    for at in range(8, len(whole), 2):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x11]) + whole[at + 1 :])
        with suppress(ArchiveError):
            assert [page.data for page in pages(path)] in ([PAGE, PAGE * 9], [])
