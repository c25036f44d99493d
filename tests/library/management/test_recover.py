from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from jobs.locking import worker_lock
from jobs.models import Job, JobItem
from library.models import Change
from tests.faults.calls import KINDS, Killed, watching
from tests.library.shelving import Shelf, identity

pytestmark = pytest.mark.django_db


def recover(*arguments: str) -> str:
    out = StringIO()
    call_command("recover", *arguments, stdout=out)
    return out.getvalue()


def interrupted_after(step: str, folder: Path) -> Shelf:
    """A library whose comic's change was killed after this call."""
    shelf = Shelf(folder)
    expected = identity(shelf.comic().file)
    with watching() as calls:
        shelf.change(shelf.comic("Ash/other.cbz"), expected=None)
    nth = calls.names.index(step) + 1
    comic = shelf.library.comics.get(name="old.cbz")
    with suppress(Killed), watching(KINDS["killed after"](nth)):
        shelf.change(comic, expected=expected)
    return shelf


def test_it_says_what_it_would_do_and_does_it(tmp_path: Path) -> None:
    shelf = interrupted_after("unlink", tmp_path)
    assert recover("--dry-run") == "would be: Ash/old.cbz: test finished\n"
    assert Change.objects.open().exists()
    assert recover() == "Ash/old.cbz: test finished\n"
    assert recover() == "Nothing was interrupted.\n"
    assert shelf.names() == ["Ash/old.cbz", "Ash/other.cbz"]


def test_what_had_not_begun_on_the_disk_is_taken_back(tmp_path: Path) -> None:
    shelf = interrupted_after("make_ready", tmp_path)
    assert any(".cm-" in name for name in shelf.names())
    assert recover() == "Ash/old.cbz: test taken back\n"
    assert shelf.names() == ["Ash/old.cbz", "Ash/other.cbz"]


def test_of_a_library_that_is_away_it_says_that_it_stays_open(tmp_path: Path) -> None:
    shelf = interrupted_after("make_ready", tmp_path / "comics")
    shelf.root.rename(tmp_path / "away")
    assert "still open" in recover()
    assert Change.objects.open().exists()
    (tmp_path / "away").rename(shelf.root)
    assert "taken back" in recover()


def test_an_empty_folder_may_be_where_a_disk_is_attached(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "comics")
    comic = shelf.comic("old.cbz")
    expected = identity(comic.file)
    with suppress(Killed), watching(KINDS["killed after"](1)):
        shelf.change(comic, expected=expected)
    shelf.root.rename(tmp_path / "away")
    shelf.root.mkdir()
    assert "still open" in recover()
    shelf.root.rmdir()
    (tmp_path / "away").rename(shelf.root)
    assert "taken back" in recover()


def test_the_change_of_an_item_that_a_worker_has_is_left_alone(tmp_path: Path) -> None:
    interrupted_after("make_ready", tmp_path)
    job = Job.objects.create(operation="process", revision=1)
    item = JobItem.objects.create(job=job, position=3, key="1", path="", owner="somebody")
    Change.objects.open().update(job=job.pk, position=3)
    with worker_lock():
        assert "a worker has the changes" in recover()
        JobItem.objects.filter(pk=item.pk).update(owner="")
        assert "taken back" in recover()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL is for several machines")
def test_what_a_dead_worker_had_is_nobodys(tmp_path: Path) -> None:
    interrupted_after("make_ready", tmp_path)
    job = Job.objects.create(operation="process", revision=1)
    JobItem.objects.create(job=job, position=3, key="1", path="", owner="dead")
    Change.objects.open().update(job=job.pk, position=3)
    assert recover("--dry-run") == "would be: Ash/old.cbz: test taken back\n"
    assert recover() == "Ash/old.cbz: test taken back\n"
    assert recover() == "Nothing was interrupted.\n"
