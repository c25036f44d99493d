import os
import struct
import warnings
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from library.archives import building, filebytes, rewriting
from library.archives.exceptions import DamagedArchive, EncryptedArchive
from library.archives.opening import inspect
from library.archives.rewriting import rewrite
from library.archives.zipdirectory import read_directory
from library.archives.ziprecords import end_records, new_entry
from library.exceptions import FileChanged, FileProblem
from library.files import FileIdentity, opened_for_reading
from tests.library.archives.making import PAGE, leftovers, make_comic, pages_of, zip_bytes

XML = b"<ComicInfo><Series>Brass Harbour</Series></ComicInfo>"


def identity(path: Path) -> FileIdentity:
    return FileIdentity.of(path.lstat())


def rewritten(path: Path, xml: bytes = XML) -> Path:
    built = rewrite(path, xml, expected=identity(path))
    new = path.parent / built.name
    assert identity(new) == built.identity
    return new


@pytest.mark.parametrize("tags", [None, {"Series": "Moss"}])
def test_the_new_file_has_the_new_tags_and_the_same_pages(
    tmp_path: Path, tags: dict[str, str] | None
) -> None:
    path = make_comic(tmp_path / "a.cbz", tags)
    before = path.read_bytes()
    new = rewritten(path)
    found = inspect(new)
    assert (found.verdict, found.comicinfo) == ("ok", XML)
    assert pages_of(new) == pages_of(path)
    assert path.read_bytes() == before


def test_the_new_file_lies_hidden_beside_the_old_with_its_mode_and_attributes(
    tmp_path: Path,
) -> None:
    path = make_comic(tmp_path / "a.cbz")
    path.chmod(0o640)
    try:
        os.setxattr(path, "user.rating", b"5")
        attributes = ["user.rating"]
    except OSError:
        attributes = []
    new = rewritten(path)
    assert new.name.startswith(".cm-")
    assert new.name.endswith(".tmp")
    assert new.stat().st_mode & 0o7777 == 0o640
    assert os.listxattr(new) == attributes


def test_odd_members_comment_and_stale_names_survive_as_they_should(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path.write_bytes(
            zip_bytes(
                [
                    ("comicinfo.xml", b"<ComicInfo>old</ComicInfo>"),
                    ("Seite ä.jpg", PAGE),
                    ("Seite ä.jpg", PAGE + b"again"),
                    ("notes/", b""),
                    ("ComicInfo.xml", b"<ComicInfo>older</ComicInfo>"),
                    ("last.jpg", PAGE * 50),
                ],
                compression=zipfile.ZIP_DEFLATED,
                comment=b"kept",
            )
        )
    new = rewritten(path)
    with zipfile.ZipFile(new) as archive:
        assert archive.testzip() is None
        assert archive.comment == b"kept"
        names = archive.namelist()
    assert names == ["Seite ä.jpg", "Seite ä.jpg", "notes/", "last.jpg", "ComicInfo.xml"]
    assert new.read_bytes().lower().count(b"comicinfo.xml") == 2


def test_members_with_data_descriptors_are_copied_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"

    class Unseekable:
        def __init__(self) -> None:
            self.data = b""

        def write(self, data: bytes) -> int:
            self.data += data
            return len(data)

        def flush(self) -> None:
            pass

    stream = Unseekable()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        archive.writestr("1.jpg", PAGE)
        archive.writestr("ComicInfo.xml", b"<ComicInfo/>")
    path.write_bytes(stream.data)
    new = rewritten(path)
    assert pages_of(new) == {"1.jpg": PAGE, **pages_of(path)}
    assert inspect(new).comicinfo == XML


def test_tags_in_a_folder_stay_there(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(zip_bytes({"Vol 1/ComicInfo.xml": b"<ComicInfo/>", "Vol 1/1.jpg": PAGE}))
    with zipfile.ZipFile(rewritten(path)) as archive:
        assert archive.namelist() == ["Vol 1/1.jpg", "Vol 1/ComicInfo.xml"]


def test_repeated_edits_do_not_add_up(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz", {"Series": "Moss"})
    first = rewritten(path)
    second = rewritten(first)
    assert second.read_bytes() == first.read_bytes()


def test_without_copy_file_range_the_bytes_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_comic(tmp_path / "a.cbz", pages=40)
    usual = rewritten(path)
    monkeypatch.delattr(os, "copy_file_range", raising=False)
    monkeypatch.setattr(filebytes, "CHUNK_BYTES", 100)
    assert rewritten(path).read_bytes() == usual.read_bytes()


def test_a_damaged_or_encrypted_comic_is_never_rewritten(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz")
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    with pytest.raises(DamagedArchive):
        rewrite(path, XML, expected=identity(path))
    encrypted = bytearray(whole)
    encrypted[6] |= 1
    encrypted[whole.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(encrypted)
    with pytest.raises(EncryptedArchive):
        rewrite(path, XML, expected=identity(path))
    assert leftovers(tmp_path) == []


def test_a_file_that_is_not_the_expected_one_is_left_alone(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz")
    expected = identity(path)
    make_comic(path, {"Series": "someone else's"})
    with pytest.raises(FileChanged):
        rewrite(path, XML, expected=expected)
    path.unlink()
    with pytest.raises(FileProblem, match="no longer there"):
        rewrite(path, XML, expected=expected)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    ("module", "step"),
    [(rewriting, "_write"), (building, "copy_attributes"), (rewriting, "_read_back")],
)
def test_a_failure_at_any_step_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, step: str
) -> None:
    path = make_comic(tmp_path / "a.cbz")
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, step, fail)
    with pytest.raises(FileProblem, match="The disk is full"):
        rewrite(path, XML, expected=identity(path))
    assert path.read_bytes() == before
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("where", ["page", "tags", "directory"])
def test_reading_back_finds_bytes_that_did_not_arrive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    path = make_comic(tmp_path / "a.cbz")
    write = rewriting._write

    def write_badly(original: int, new: int, layout: rewriting._Layout) -> None:
        write(original, new, layout)
        size = os.fstat(new).st_size
        offset = {"page": 50, "tags": layout.copied + 45, "directory": size - 40}[where]
        os.pwrite(new, bytes([os.pread(new, 1, offset)[0] ^ 1]), offset)

    monkeypatch.setattr(rewriting, "_write", write_badly)
    with pytest.raises(DamagedArchive):
        rewrite(path, XML, expected=identity(path))
    assert leftovers(tmp_path) == []


def test_beyond_four_gibibytes_the_records_are_zip64() -> None:
    offset = 5 * 2**30
    entry, record = new_entry(b"ComicInfo.xml", XML, flags=0, offset=offset)
    assert struct.unpack_from("<I", record, 42) == (2**32 - 1,)
    assert struct.unpack("<2HQ", record[-12:]) == (1, 8, offset)
    end = end_records(1, len(record), offset + len(entry), b"")
    assert end.startswith(b"PK\x06\x06")
    assert struct.unpack_from("<Q", end, 48) == (offset + len(entry),)


def test_a_comic_of_more_than_four_gibibytes_is_laid_out_in_zip64(tmp_path: Path) -> None:
    """The file is one hole, which costs nothing to make but too much to copy in a test."""
    path = tmp_path / "a.cbz"
    small = zip_bytes({"1.jpg": PAGE})
    central = small.index(b"PK\x01\x02")
    far = 2**32 + 4096
    record = small[central : small.index(b"PK\x05\x06")]
    with path.open("wb") as file:
        file.write(small[:central])
        file.seek(far)
        file.write(record + end_records(1, len(record), far, b""))
    with opened_for_reading(path) as original:
        layout = rewriting._plan_layout(read_directory(original), XML)
    assert layout.copied == far
    assert layout.directory[-98:].startswith(b"PK\x06\x06")
