import shutil
from collections.abc import Collection
from pathlib import Path

import pytest

from library import journal
from library.archives.patching import unpack
from library.archives.proving import frame_of
from library.archives.zipdirectory import read_directory
from library.exceptions import FileChanged, FileProblem, NameInUse, NameTaken
from library.models import Change, Comic, TrashedFile
from tests.library.shelving import Shelf, identity, sha256

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def test_a_change_is_on_record_with_all_that_undoing_needs(shelf: Shelf) -> None:
    comic = shelf.comic()
    with comic.file.open("rb") as file:
        frame = frame_of(file.fileno(), read_directory(file.fileno()))
    change = shelf.change(comic, new_name="new.cbz")
    change.refresh_from_db()
    assert change.state == Change.State.DONE
    assert change.finished_at is not None
    assert change.patch is not None
    assert len(change.patch) < 1000
    assert unpack(change.patch).frame == frame
    assert shelf.names() == ["Ash/new.cbz"]
    assert shelf.trash() == []


def test_the_comics_row_follows(shelf: Shelf) -> None:
    comic = shelf.comic()
    shelf.change(comic, new_name="new.cbz")
    comic = Comic.objects.get()
    assert (comic.path, comic.name, comic.series) == ("Ash/new.cbz", "new.cbz", "Brass Harbour")
    found = identity(comic.file)
    assert (comic.size_bytes, comic.mtime_ns) == (found.size, found.mtime_ns)


def test_a_whole_original_goes_to_the_trash_where_it_is_wanted(shelf: Shelf) -> None:
    comic = shelf.comic()
    former = sha256(comic.file)
    change = shelf.change(comic, keeps_original=True)
    assert shelf.trash() == [former]
    trashed = TrashedFile.objects.get()
    assert (trashed.change, trashed.path) == (change, "Ash/old.cbz")
    assert trashed.name.endswith("old.cbz")


def test_two_workers_on_one_comic_one_of_them_gets_a_conflict(shelf: Shelf) -> None:
    comic = shelf.comic()

    def other_worker() -> None:
        with pytest.raises(FileChanged, match="Another change of this comic"):
            shelf.change(Comic.objects.get(), rewrites=False, new_name="other.cbz")

    shelf.change(comic, new_name="new.cbz", during=other_worker)
    assert shelf.names() == ["Ash/new.cbz"]
    assert Change.objects.count() == 1


def test_of_many_comics_that_want_one_name_exactly_one_gets_it(shelf: Shelf) -> None:
    comics = [shelf.comic(f"Ash/{n}.cbz", pages=n) for n in range(1, 9)]
    sums = {sha256(comic.file) for comic in comics}

    def others() -> None:
        for comic in comics[1:]:
            with pytest.raises(NameInUse, match="just getting"):
                shelf.change(comic, rewrites=False, new_name="one.cbz")

    shelf.change(comics[0], rewrites=False, new_name="one.cbz", during=others)
    for comic in comics[1:]:
        with pytest.raises(NameTaken, match="exists already"):
            shelf.change(comic, new_name="one.cbz")
    assert {sha256(shelf.root / name) for name in shelf.names()} == sums
    assert not Change.objects.open().exists()


def test_a_name_is_not_free_before_the_row_of_the_comic_that_left_it_is_stored(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = shelf.comic("Ash/2.cbz"), shelf.comic("Ash/1.cbz")
    real = journal.finish

    def finish_late(changes: Collection[Change]) -> None:
        if not Change.objects.done().exists():
            assert not first.file.exists()
            with pytest.raises(NameInUse, match="giving up"):
                shelf.change(second, rewrites=False, new_name="2.cbz")
        real(changes)

    monkeypatch.setattr(journal, "finish", finish_late)
    shelf.change(first, rewrites=False, new_name="3.cbz")
    shelf.change(second, rewrites=False, new_name="2.cbz")
    paths = dict(Comic.objects.values_list("pk", "path"))
    assert paths == {first.pk: "Ash/3.cbz", second.pk: "Ash/2.cbz"}


def test_a_change_that_fails_is_taken_back_and_can_be_tried_again(shelf: Shelf) -> None:
    comic = shelf.comic()
    blocker = comic.file.with_name("new.cbz")

    def block() -> None:
        blocker.write_bytes(b"mine")

    with pytest.raises(NameTaken):
        shelf.change(comic, new_name="new.cbz", during=block, job="0" * 32, position=1)
    assert Change.objects.get().state == Change.State.TAKEN_BACK
    blocker.unlink()
    shelf.change(comic, new_name="new.cbz", job="0" * 32, position=1)
    assert Change.objects.get().state == Change.State.DONE
    assert shelf.names() == ["Ash/new.cbz"]


@pytest.mark.parametrize("when", ["before", "while building"])
def test_a_folder_that_became_a_link_is_refused(shelf: Shelf, tmp_path: Path, when: str) -> None:
    comic = shelf.comic()
    former = sha256(comic.file)
    outside = tmp_path / "outside"
    expected_file = comic.file

    def swap() -> None:
        shutil.move(expected_file.parent, outside)
        expected_file.parent.symlink_to(outside)

    if when == "before":
        swap()
    with pytest.raises(FileProblem, match="link"):
        shelf.change(comic, during=swap)
    if when == "while building":
        # It was built before; the journal still knows of it.
        assert Change.objects.open().exists()
    else:
        assert [file.name for file in outside.iterdir()] == ["old.cbz"]
    assert sha256(outside / "old.cbz") == former


def test_a_stale_row_under_the_new_name_does_not_stand_in_the_way(shelf: Shelf) -> None:
    comic, gone = shelf.comic(), shelf.comic("Ash/new.cbz")
    gone.file.unlink()
    shelf.change(comic, new_name="new.cbz")
    assert Comic.objects.get().pk == comic.pk
