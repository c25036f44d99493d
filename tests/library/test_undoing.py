import tarfile
import uuid
from pathlib import Path

import pytest

from library.archives import patching
from library.archives.exceptions import DamagedArchive
from library.exceptions import ComicError, FileChanged, FileProblem, NameTaken
from library.models import Change, Comic, TrashedFile
from library.undoing import Records, undo, undo_job
from tests.library.archives.making import PAGE, make_comic
from tests.library.archives.test_cbt import tar_bytes
from tests.library.shelving import Shelf, sha256

pytestmark = pytest.mark.django_db

OTHER_XML = b"<ComicInfo><Series>Moss</Series></ComicInfo>"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


WAYS = pytest.mark.parametrize(
    ("rewrites", "new_name", "keeps_original"),
    [
        (True, "", False),
        (True, "", True),
        (False, "new.cbz", False),
        (True, "new.cbz", False),
        (True, "new.cbz", True),
    ],
)


@WAYS
def test_undo_gives_back_the_former_file_to_the_byte(
    shelf: Shelf, rewrites: bool, new_name: str, keeps_original: bool
) -> None:
    comic = shelf.comic()
    former = sha256(comic.file)
    change = shelf.change(
        comic, rewrites=rewrites, new_name=new_name, keeps_original=keeps_original
    )
    undo(Change.objects.get())
    assert shelf.names() == ["Ash/old.cbz"]
    comic = Comic.objects.get()
    assert sha256(comic.file) == former
    assert (comic.path, comic.tags) == ("Ash/old.cbz", {"Series": "Ash"})
    assert comic.state == Comic.State.NEEDS_WORK
    change.refresh_from_db()
    assert change.undone_at is not None
    with pytest.raises(FileChanged, match="nothing to undo"):
        undo(change)


@WAYS
def test_an_undo_can_be_undone_too(
    shelf: Shelf, rewrites: bool, new_name: str, keeps_original: bool
) -> None:
    comic = shelf.comic()
    change = shelf.change(
        comic, rewrites=rewrites, new_name=new_name, keeps_original=keeps_original
    )
    comic = Comic.objects.get()
    name, result = comic.path, sha256(comic.file)
    undo(undo(change))
    assert shelf.names() == [name]
    assert sha256(shelf.root / name) == result
    change.refresh_from_db()
    assert change.undone_at is None


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("tags", [{}, {"ComicInfo.xml": OTHER_XML}])
def test_the_tags_of_a_cbt_are_undone_to_the_byte(
    shelf: Shelf, form: int, tags: dict[str, bytes]
) -> None:
    pages = {"1.jpg": PAGE * 40_000, **tags, "2.jpg": PAGE}
    comic = shelf.comic("Ash/old.cbt", data=tar_bytes(pages, form=form))
    former = sha256(comic.file)
    change = shelf.change(comic, new_name="new.cbt")
    change.refresh_from_db()
    assert len(change.patch or b"") in range(1, 2000)
    assert shelf.trash() == []
    result = sha256(shelf.root / "Ash/new.cbt")
    assert result != former
    undone = undo(change)
    assert (shelf.names(), sha256(Comic.objects.get().file)) == (["Ash/old.cbt"], former)
    undo(undone)
    assert sha256(shelf.root / "Ash/new.cbt") == result


def test_later_changes_are_undone_first(shelf: Shelf) -> None:
    comic = shelf.comic()
    former = sha256(comic.file)
    first = shelf.change(comic, new_name="new.cbz")
    second = shelf.change(Comic.objects.get(), xml=OTHER_XML)
    with pytest.raises(FileChanged, match="undone first"):
        undo(first)
    undo(second)
    undo(Change.objects.get(pk=first.pk))
    assert shelf.names() == ["Ash/old.cbz"]
    assert sha256(Comic.objects.get().file) == former


def test_a_file_that_was_changed_since_stays(shelf: Shelf) -> None:
    comic = shelf.comic()
    change = shelf.change(comic)
    make_comic(comic.file, {"Series": "mine"})
    mine = sha256(comic.file)
    with pytest.raises(FileChanged, match="changed since"):
        undo(change)
    comic.file.unlink()
    with pytest.raises(FileProblem, match="no longer there"):
        undo(change)
    assert mine


def test_a_damaged_page_stops_an_undo_until_it_is_known_of(shelf: Shelf) -> None:
    comic = shelf.comic()
    damaged = comic.file.read_bytes().replace(b"not a picture", b"not A picture", 1)
    comic.file.write_bytes(damaged)
    change = shelf.change(comic)
    with pytest.raises(DamagedArchive, match=r"001\.jpg in the archive is damaged"):
        undo(change)
    assert comic.file.read_bytes() != damaged
    Comic.objects.update(verdict=Comic.Verdict.DAMAGED)
    undo(Change.objects.get(pk=change.pk))
    assert comic.file.read_bytes() == damaged


def test_a_former_name_that_is_taken_now_is_not_taken_over(shelf: Shelf) -> None:
    comic = shelf.comic()
    change = shelf.change(comic, new_name="new.cbz")
    result = sha256(comic.file)
    (shelf.root / "Ash/old.cbz").write_bytes(b"mine")
    with pytest.raises(NameTaken):
        undo(change)
    assert sha256(shelf.root / "Ash/new.cbz") == result
    assert shelf.names() == ["Ash/new.cbz", "Ash/old.cbz"]


def test_a_whole_job_is_undone_the_last_change_first(shelf: Shelf) -> None:
    job = str(uuid.uuid4())
    comics = [shelf.comic(f"Ash/{n}.cbz", pages=n) for n in range(1, 5)]
    sums = {comic.path: sha256(comic.file) for comic in comics}
    for position, comic in enumerate(comics):
        shelf.change(comic, new_name=f"new {position}.cbz", job=job, position=position)
    # Two changes of one comic, as when a comic is listed twice.
    shelf.change(Comic.objects.get(pk=comics[0].pk), xml=OTHER_XML, job=job, position=9)
    undone = list(undo_job(job))
    assert [each.problem for each in undone] == [None] * 5
    assert {name: sha256(shelf.root / name) for name in shelf.names()} == sums
    assert list(undo_job(job)) == []


def test_a_patch_that_would_be_too_large_keeps_the_whole_original(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patching, "MAX_PACKED_BYTES", 10)
    comic = shelf.comic()
    former = sha256(comic.file)
    change = shelf.change(comic)
    assert change.keeps_original
    assert shelf.trash() == [former]
    undo(change)
    assert sha256(comic.file) == former


def test_of_a_change_and_the_one_that_did_it_again_each_finds_the_original(shelf: Shelf) -> None:
    first = shelf.change(shelf.comic(), keeps_original=True)
    again = undo(undo(first))
    both = list(Change.objects.filter(pk__in=[first.pk, again.pk]))
    records = Records(both)
    kept = [[file.change_id for file in records.look(change).kept] for change in both]
    assert kept == [[again.pk], [again.pk]]


def test_a_patch_or_an_original_that_was_tampered_with_restores_nothing(shelf: Shelf) -> None:
    comic, other = shelf.comic(), shelf.comic("Ash/other.cbz")
    change = shelf.change(comic)
    kept = shelf.change(other, keeps_original=True)
    sums = {name: sha256(shelf.root / name) for name in shelf.names()}
    packed = bytes(change.patch or b"")
    trashed = TrashedFile.objects.get()
    (shelf.root / ".comicmaintainer/trash" / trashed.name).write_bytes(b"other")
    for patch in (b"", packed[:-10], b"no patch"):
        change.patch = patch
        with pytest.raises(ComicError):
            undo(change)
    with pytest.raises(ComicError):
        undo(kept)
    assert {name: sha256(shelf.root / name) for name in shelf.names()} == sums
