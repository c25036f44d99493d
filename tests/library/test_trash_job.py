"""Trash and restore as jobs: gone from their place, and back to the byte with row and tags."""

from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import now

from jobs import lifecycle, sequels
from jobs.models import Job
from jobs.operations import Outcome
from jobs.worker import Worker
from library.models import Change, Comic, TrashedFile
from library.purging import purge
from library.undoing import undo
from tests.library.shelving import Shelf, sha256
from tests.waiting import finished, until


@pytest.fixture
def shelf(worker: Worker, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def run(operation: str, *, dry_run: bool = False, **selection: Any) -> Job:
    return finished(lifecycle.submit(operation, selection, dry_run=dry_run))


def outcomes(job: Job) -> list[tuple[str, str]]:
    items = job.items.order_by("position")
    return [(item.outcome, item.message) for item in items]


def facts(comic: Comic) -> dict[str, Any]:
    return {
        field.attname: getattr(comic, field.attname)
        for field in Comic._meta.concrete_fields
        if field.attname != "updated_at"
    }


def test_what_goes_to_the_trash_comes_back_to_the_byte_with_its_row(shelf: Shelf) -> None:
    comic, other = shelf.comic(), shelf.comic("Ash/other.cbz")
    before, former = facts(comic), sha256(comic.file)
    job = run("trash", comics=[comic.pk])
    assert outcomes(job) == [(Outcome.CHANGED, "Moved to the trash.")]
    assert (shelf.names(), shelf.trash()) == (["Ash/other.cbz"], [former])
    comic.refresh_from_db()
    assert not comic.present
    assert comic.missing_since is not None
    trashed = TrashedFile.objects.get()
    assert (trashed.path, trashed.size_bytes) == ("Ash/old.cbz", before["size_bytes"])
    restore = run("restore", trashed=[trashed.pk])
    assert outcomes(restore) == [(Outcome.CHANGED, "Restored from the trash.")]
    assert (shelf.names(), shelf.trash()) == (["Ash/old.cbz", "Ash/other.cbz"], [])
    comic.refresh_from_db()
    assert (facts(comic), sha256(comic.file)) == (before, former)
    assert not TrashedFile.objects.exists()
    assert other.file.exists()


def test_a_folder_that_lost_its_last_comic_goes_and_comes_back_with_it(shelf: Shelf) -> None:
    comics = [shelf.comic(path) for path in ("Ash/In/a.cbz", "Ash/In/b.cbz", "Birch/c.cbz")]
    (shelf.root / "Birch/notes.txt").write_text("mine")
    (shelf.root / "Empty").mkdir()
    job = run("trash", comics=[comic.pk for comic in comics[:2]])
    # Folders go when the end of their job is stored and told.
    until(lambda: not (shelf.root / "Ash").exists(), "the end of the folder")
    run("trash", comics=[comics[2].pk])
    assert (shelf.root / "Birch/notes.txt").exists()
    assert (shelf.root / "Empty").is_dir()
    assert finished(sequels.undo(job)).changed == 2
    assert shelf.names() == ["Ash/In/a.cbz", "Ash/In/b.cbz", "Birch/notes.txt"]


def test_a_preview_of_either_touches_nothing(shelf: Shelf) -> None:
    comic = shelf.comic()
    preview = run("trash", dry_run=True, comics=[comic.pk])
    assert outcomes(preview) == [(Outcome.CHANGED, "Moved to the trash.")]
    assert (shelf.names(), Change.objects.count()) == (["Ash/old.cbz"], 0)
    shelf.remove(comic)
    preview = run("restore", dry_run=True, trashed=[TrashedFile.objects.get().pk])
    assert outcomes(preview) == [(Outcome.CHANGED, "Would be restored from the trash.")]
    assert (shelf.names(), Change.objects.count()) == ([], 1)


def test_a_damaged_or_refused_file_can_go_to_the_trash_but_a_link_cannot(shelf: Shelf) -> None:
    odd = shelf.comic(data=b"no archive at all")
    Comic.objects.update(verdict=Comic.Verdict.REFUSED, verdict_reason="Odd.")
    linked = shelf.comic("Ash/link.cbz")
    linked.file.unlink()
    linked.file.symlink_to(shelf.root / "Ash/old.cbz")
    job = run("trash", comics=[odd.pk, linked.pk])
    assert [outcome for outcome, _ in outcomes(job)] == [Outcome.FAILED, Outcome.CHANGED]
    assert shelf.names() == ["Ash/link.cbz"]


def test_a_change_that_is_under_way_is_a_conflict(shelf: Shelf) -> None:
    comic = shelf.comic()
    Change.objects.create(
        library=shelf.library, comic=comic, operation="test", token="x", name=comic.name,
        folder=comic.folder, former={"device": 1, "inode": 1, "size": 1, "mtime_ns": 1},
    )  # fmt: skip
    assert outcomes(run("trash", comics=[comic.pk])) == [
        (Outcome.CONFLICT, "Another change of this comic is under way.")
    ]
    assert comic.file.exists()


def test_a_removal_can_be_undone_and_done_again_any_number_of_times(shelf: Shelf) -> None:
    comic = shelf.comic()
    former = sha256(comic.file)
    change = shelf.remove(comic)
    last = change
    for of_first in (True, False, True, False, False, True):
        # The first removal or the last one: they are the same.
        back = undo(Change.objects.get(pk=change.pk if of_first else last.pk))
        assert (shelf.names(), shelf.trash()) == (["Ash/old.cbz"], [])
        change.refresh_from_db()
        assert change.undone_at is not None
        last = undo(Change.objects.get(pk=back.pk))
        assert (shelf.names(), shelf.trash()) == ([], [former])
        change.refresh_from_db()
        assert change.undone_at is None


def test_a_name_that_is_taken_now_is_a_conflict_and_the_folder_is_made_anew(shelf: Shelf) -> None:
    comic = shelf.comic()
    shelf.remove(comic)
    trashed = TrashedFile.objects.get().pk
    comic.file.write_bytes(b"mine")
    assert outcomes(run("restore", trashed=[trashed])) == [
        (Outcome.CONFLICT, "“old.cbz” exists already.")
    ]
    assert comic.file.read_bytes() == b"mine"
    comic.file.unlink()
    comic.file.parent.rmdir()
    assert run("restore", trashed=[trashed]).changed == 1
    assert shelf.names() == ["Ash/old.cbz"]


def test_the_original_of_what_was_rewritten_is_restored_by_an_undo(shelf: Shelf) -> None:
    comic = shelf.comic()
    former = sha256(comic.file)
    change = shelf.change(comic, new_name="new.cbz", keeps_original=True)
    assert run("restore", trashed=[TrashedFile.objects.get().pk]).changed == 1
    assert (shelf.names(), sha256(shelf.root / "Ash/old.cbz")) == (["Ash/old.cbz"], former)
    change.refresh_from_db()
    assert change.undone_at


def test_a_file_whose_comic_was_forgotten_comes_back_as_a_new_one(shelf: Shelf) -> None:
    comic = shelf.comic()
    former = sha256(comic.file)
    shelf.remove(comic)
    Comic.objects.all().delete()
    assert run("restore", trashed=[TrashedFile.objects.get().pk]).changed == 1
    comic = Comic.objects.get()
    assert (comic.path, comic.present, comic.format) == ("Ash/old.cbz", True, "cbz")
    assert comic.verdict == Comic.Verdict.UNREAD
    assert (sha256(comic.file), shelf.trash()) == (former, [])
    scan = run("scan", library=shelf.library.pk)
    assert scan.changed == 1
    comic.refresh_from_db()
    assert (comic.verdict, comic.tags) == (Comic.Verdict.OK, {"Series": "Ash"})


def test_what_was_purged_or_tampered_with_cannot_be_restored(shelf: Shelf) -> None:
    for name in ("gone", "odd"):
        shelf.remove(shelf.comic(f"Ash/{name}.cbz"))
    gone, odd = TrashedFile.objects.order_by("pk")
    (shelf.root / ".comicmaintainer/trash" / odd.name).write_bytes(b"other")
    (shelf.root / ".comicmaintainer/trash" / gone.name).unlink()
    job = run("restore", trashed=[gone.pk, odd.pk])
    assert outcomes(job) == [
        (Outcome.FAILED, "The original is no longer in the trash."),
        (Outcome.CONFLICT, "The original in the trash is not the file that was put there."),
    ]
    assert shelf.names() == []


def test_the_trash_is_purged_of_removed_comics_too(shelf: Shelf) -> None:
    shelf.remove(shelf.comic())
    TrashedFile.objects.update(trashed_at=now().replace(year=2000))
    assert purge() == 1
    assert shelf.trash() == []
