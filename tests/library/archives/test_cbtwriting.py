import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from library.archives import cbtwriting
from library.archives.exceptions import ArchiveError, DamagedArchive, UnwritableFormat
from library.archives.opening import inspect
from library.archives.rewriting import rewrite
from library.files import FileIdentity
from tests.library.archives.making import FIXTURES, PAGE, leftovers
from tests.library.archives.test_cbt import LONG, tar_bytes

XML = b"<ComicInfo><Series>Brass Harbour</Series></ComicInfo>"
PAGES = {"b/2.jpg": PAGE, "b/10.jpg": PAGE * 99}


def rewritten(path: Path, xml: bytes = XML) -> Path:
    built = rewrite(path, xml, expected=FileIdentity.of(path.lstat()))
    return path.parent / built.name


def members_of(path: Path) -> list[tuple[str, bytes, float]]:
    with tarfile.open(path) as archive:
        return [(m.name, (archive.extractfile(m) or io.BytesIO()).read(), m.mtime) for m in archive]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("place", [0, 1, 2, None])
def test_the_new_tags_come_last_and_all_else_stays_to_the_byte(
    tmp_path: Path, form: int, place: int | None
) -> None:
    members = [(LONG + "1.jpg", PAGE), *PAGES.items()]
    if place is not None:
        members.insert(place, ("comicinfo.XML", b"<ComicInfo/>"))
    path = tmp_path / "a.cbt"
    path.write_bytes(tar_bytes(dict(members), form=form))
    before = path.read_bytes()
    new = rewritten(path)
    found = inspect(new.rename(tmp_path / "new.cbt"))
    assert (found.verdict, found.comicinfo) == ("ok", XML)
    after = members_of(tmp_path / "new.cbt")
    assert after[:-1] == [m for m in members_of(path) if m[0] != "comicinfo.XML"]
    assert after[-1][:2] == ("comicinfo.XML" if place is not None else "ComicInfo.xml", XML)
    assert path.read_bytes() == before
    assert (tmp_path / "new.cbt").stat().st_size % 10_240 == 0


def test_repeated_edits_do_not_add_up_and_tar_itself_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "a.cbt"
    path.write_bytes((FIXTURES / "made" / "gnu.cbt").read_bytes())
    first = rewritten(path)
    assert rewritten(first).read_bytes() == first.read_bytes()
    listed = subprocess.run(["tar", "-tf", first], check=True, capture_output=True, text=True)
    assert listed.stdout.splitlines()[-1] == "ComicInfo.xml"


def test_what_holds_for_all_members_stays_when_the_first_goes(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "kept"}
    ) as archive:
        for name, data in {"ComicInfo.xml": b"<ComicInfo/>", **PAGES}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    path = tmp_path / "a.cbt"
    path.write_bytes(buffer.getvalue())
    with tarfile.open(rewritten(path)) as archive:
        assert archive.getnames() == [*PAGES, "ComicInfo.xml"]
        assert archive.pax_headers == {"comment": "kept"}


@pytest.mark.parametrize("name", ["xz.cbt", "lzma.cb7"])
def test_what_takes_no_tags_is_not_written(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes((FIXTURES / "made" / name).read_bytes())
    with pytest.raises(UnwritableFormat, match="Convert it to CBZ first"):
        rewritten(path)
    assert leftovers(tmp_path) == []


def test_damage_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.cbt"
    path.write_bytes(tar_bytes(PAGES)[:2000])
    with pytest.raises(ArchiveError):
        rewritten(path)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("at", [600, 2100, -1])
def test_reading_back_finds_bytes_that_did_not_arrive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    path = tmp_path / "a.cbt"
    path.write_bytes(tar_bytes({"1.jpg": PAGE * 99, "2.jpg": PAGE}))
    write = cbtwriting.TarRewrite.write

    def write_badly(self: cbtwriting.TarRewrite, new: int) -> None:
        write(self, new)
        offset = at % os.fstat(new).st_size
        os.pwrite(new, bytes([os.pread(new, 1, offset)[0] ^ 1]), offset)

    monkeypatch.setattr(cbtwriting.TarRewrite, "write", write_badly)
    with pytest.raises(DamagedArchive):
        rewritten(path)
    assert leftovers(tmp_path) == []
