"""Real files, a real worker, and a watcher that is turned by hand until it has done its work."""

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from jobs import lifecycle, operations
from jobs.models import Job
from jobs.worker import Worker
from library.models import Comic, Library, Watch
from library.registering import register
from library.walking import Walk
from library.watching import eyes, looking, watcher
from library.watching.eyes import Polling
from library.watching.looking import Away
from library.watching.watcher import Pace, Watcher
from tests.library.comics import make_comic
from tests.waiting import finished, until

PACE = Pace(quiet_seconds=0.3, poll_seconds=0.1, tick_seconds=0.05, retry_seconds=0.1)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The only watcher is the test's own."""
    monkeypatch.setattr(eyes, "STEP_MS", 20)
    monkeypatch.setattr(operations, "companions", [])


@pytest.fixture
def library(worker: Worker, tmp_path: Path) -> Library:
    root = tmp_path / "comics"
    for number in range(1, 6):
        make_comic(root / "Ash" / f"Ash {number}.cbz", Series="Ash", Number=str(number))
    library = register(str(root))
    finished(lifecycle.submit("scan", {"library": library.pk}))
    until(lambda: Library.objects.exclude(scanned_at=None).exists(), "the end of the scan")
    Job.objects.all().delete()
    library.refresh_from_db()
    return library


@pytest.fixture(params=["events", "polling"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "polling":
        monkeypatch.setattr(eyes, "is_remote", lambda kind: True)
    return str(request.param)


@pytest.fixture
def watching(library: Library) -> Iterator[Watcher]:
    Library.objects.update(watch="list")
    watching = Watcher(library, threading.Event(), pace=PACE, is_mine=lambda: True)
    watching.turn()
    yield watching
    watching._close()


def watch(library: Library) -> Watch:
    return Watch.objects.get(pk=library.pk)


def jobs() -> list[Job]:
    return list(Job.objects.order_by("created_at"))


def turned(watching: Watcher, *, jobs_made: int) -> list[Job]:
    """Turn until there are so many jobs and all have ended, and on for some quiet times."""

    def is_done() -> bool:
        watching.turn()
        return len(jobs()) >= jobs_made and all(job.is_finished for job in jobs())

    until(is_done, f"{jobs_made} jobs", every_seconds=0)
    settle(watching)
    assert len(jobs()) == jobs_made
    return jobs()


def settle(watching: Watcher) -> None:
    """Until nothing is pending any more."""
    for _ in range(4):
        watching.turn()

    def is_quiet() -> bool:
        watching.turn()
        return len(watching._pending) == 0

    until(is_quiet, "quiet", every_seconds=0)


def test_what_is_added_changed_and_removed_is_one_job(
    way: str, library: Library, watching: Watcher
) -> None:
    assert watch(library).method == way
    make_comic(library.root / "Ash" / "Ash 6.cbz", Series="Ash", Number="6")
    make_comic(library.root / "Ember" / "deep" / "Ember 1.cbz", Series="Ember", Number="1")
    make_comic(library.root / "Ash" / "Ash 1.cbz", pages=7, Series="Ash", Number="1")
    (library.root / "Ash" / "Ash 2.cbz").unlink()
    (library.root / "Ash" / "Ash 7.cbz.part").touch()
    (library.root / "Ash" / ".cm-1.tmp").touch()
    [job] = turned(watching, jobs_made=1)
    assert (job.operation, job.errors, job.created_by) == ("scan", 0, None)
    assert Comic.objects.present().count() == 6
    assert Comic.objects.get(name="Ash 1.cbz").page_count == 7
    assert not Comic.objects.get(name="Ash 2.cbz").present
    assert watch(library).did == "Found: 3 new or changed, 1 gone."
    assert watch(library).job == job.pk


def test_a_moved_folder_keeps_its_comics(way: str, library: Library, watching: Watcher) -> None:
    before = {comic.pk: comic.name for comic in Comic.objects.all()}
    (library.root / "Ash").rename(library.root / "Ash and Ember")
    turned(watching, jobs_made=1)
    assert {comic.pk: comic.name for comic in Comic.objects.all()} == before
    assert set(Comic.objects.values_list("folder", "present")) == {("Ash and Ember", True)}
    make_comic(library.root / "Ash and Ember" / "Ash 6.cbz")
    turned(watching, jobs_made=2)
    assert Comic.objects.count() == 6


def test_what_was_changed_while_nobody_watched_is_found(way: str, library: Library) -> None:
    make_comic(library.root / "New.cbz")
    watching = Watcher(library, threading.Event(), pace=PACE, is_mine=lambda: True)
    turned(watching, jobs_made=1)
    watching._close()
    assert Comic.objects.filter(name="New.cbz").exists()


def test_ten_thousand_files_are_one_job(
    way: str, library: Library, watching: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not to read them all, which is not what this is about.
    monkeypatch.setattr(watcher, "submit_batches", _as_a_job_without_items)
    folder = library.root / "Many"
    folder.mkdir()
    for number in range(10_000):
        (folder / f"{number}.cbz").touch()
    [job] = turned(watching, jobs_made=1)
    assert job.scope == "10000"


def _as_a_job_without_items(library: Library, batches: list[watcher.Batch]) -> Job:
    files = sum(len(batch.files) for batch in batches)
    return Job.objects.create(operation="scan", status="completed", scope=str(files), revision=1)


def test_a_growing_file_is_waited_for_and_holds_up_no_other(
    way: str, library: Library, watching: Watcher
) -> None:
    whole = make_comic(library.root.parent / "Big.cbz", pages=50, Series="Big").read_bytes()
    rest = iter(whole)
    with (library.root / "Big.cbz").open("wb") as big:

        def is_small_there() -> bool:
            big.write(bytes(islice(rest, 10)))
            big.flush()
            watching.turn()
            return Comic.objects.filter(name="Small.cbz").exists()

        make_comic(library.root / "Small.cbz")
        until(is_small_there, "the small one", every_seconds=0)
        big.write(bytes(rest))
        big.flush()
        # Open for writing, though it grows no more.
        for _ in range(3 * round(PACE.quiet_seconds / PACE.tick_seconds)):
            watching.turn()
        assert len(jobs()) == 1
        assert not Comic.objects.filter(name="Big.cbz").exists()
    turned(watching, jobs_made=2)
    assert Comic.objects.get(name="Big.cbz").verdict == "ok"


def test_links_are_not_followed_not_even_in_a_loop(
    way: str, library: Library, watching: Watcher
) -> None:
    outside = library.root.parent / "outside"
    outside.mkdir()
    (library.root / "Ash" / "loop").symlink_to(library.root)
    (library.root / "out").symlink_to(outside)
    (library.root / "link.cbz").symlink_to(library.root / "Ash" / "Ash 1.cbz")
    settle(watching)
    make_comic(outside / "Outside.cbz")
    settle(watching)
    assert jobs() == []


def test_what_a_job_of_ours_does_makes_no_other(
    way: str, library: Library, watching: Watcher
) -> None:
    finished(lifecycle.submit("process", {"all": True}))
    done = finished(lifecycle.submit("trash", {"filter": {"search": "Chapter 0001"}}))
    assert Comic.objects.filter(state="clean").count() >= 4
    assert done.changed == 1
    settle(watching)
    assert [job.operation for job in jobs()] == ["process", "trash"]


def test_new_files_are_processed_when_they_are_listed_and_no_others(
    library: Library, watching: Watcher
) -> None:
    Library.objects.update(watch="process")
    for number in (6, 7):
        make_comic(library.root / "Ash" / f"Ash {number}.cbz", Series="Ash", Number=str(number))
    (library.root / "Ash" / "Broken.cbz").write_bytes(b"no comic")
    listed, processed = turned(watching, jobs_made=2)
    assert (listed.operation, processed.operation) == ("scan", "process")
    assert (processed.total, processed.changed) == (2, 2)
    assert Comic.objects.filter(state="clean").count() == 2
    # Once it is whole, it is new.
    make_comic(library.root / "Ash" / "Broken.cbz", Series="Ash", Number="8")
    assert turned(watching, jobs_made=4)[3].changed == 1
    assert not Comic.objects.filter(is_new=True).exists()


def test_what_its_job_could_not_list_makes_no_other_until_it_changes(
    way: str, library: Library, watching: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "submit_batches", _as_a_job_without_items)
    file = make_comic(library.root / "New.cbz")
    turned(watching, jobs_made=1)
    watching._looked_at = -1e9
    turned(watching, jobs_made=1)
    os.utime(file)
    turned(watching, jobs_made=2)


def test_a_folder_that_goes_and_comes_back(way: str, library: Library, watching: Watcher) -> None:
    away = library.root.with_name("away")
    library.root.rename(away)
    with pytest.raises((Away, OSError)):
        until(lambda: watching.turn() is not None, "the trouble")
    watching._leave("The folder cannot be read.")
    library.root.mkdir()
    with pytest.raises(Away, match="is empty"):
        watching.turn()
    watching._leave("It is empty.")
    assert (watch(library).method, watch(library).problem) == ("", "It is empty.")
    library.root.rmdir()
    make_comic(away / "New.cbz")
    away.rename(library.root)
    turned(watching, jobs_made=1)
    assert Comic.objects.present().count() == 6
    assert (watch(library).method, watch(library).problem) == (way, "")


def test_a_folder_that_loses_its_permission_forgets_nothing_and_is_tried_again(
    way: str, library: Library, watching: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tests may run as root, whom no mode keeps out.
    whole = looking.walk

    def without_ash(root: str, *args: object, **options: object) -> Walk:
        found = whole(root)
        hidden = [file for file in found.found if file.path.startswith("Ash/")]
        kept = [file for file in found.found if file not in hidden]
        return Walk(kept, [""], ["Ash"])

    make_comic(library.root / "Other.cbz")
    turned(watching, jobs_made=1)
    is_readable = watcher._is_readable
    monkeypatch.setattr(looking, "walk", without_ash)
    monkeypatch.setattr(watcher, "_is_readable", lambda folder: False)
    monkeypatch.setattr(os, "access", lambda *arguments: False)
    (library.root / "Ash").chmod(0o700)

    def is_said() -> bool:
        watching.turn()
        return "“Ash” cannot be read" in watch(library).problem

    until(is_said, "the problem", every_seconds=0)
    assert Comic.objects.present().count() == 6
    monkeypatch.setattr(looking, "walk", whole)
    monkeypatch.setattr(watcher, "_is_readable", is_readable)
    watching._tried_at = -1e9
    settle(watching)
    assert watch(library).problem == ""
    assert len(jobs()) == 1


def test_when_the_folder_itself_may_no_longer_be_read_that_is_said(
    way: str, library: Library, watching: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> object:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(watcher, "opened_folder", refuse)
    with pytest.raises(PermissionError):
        watching.turn()
    assert Comic.objects.present().count() == 5


def test_when_too_much_is_gone_a_scan_says_so_and_asks(
    way: str, library: Library, watching: Watcher
) -> None:
    for number in range(6, 20):
        make_comic(library.root / "Ash" / f"Ash {number}.cbz")
    turned(watching, jobs_made=1)
    for number in range(6, 20):
        (library.root / "Ash" / f"Ash {number}.cbz").unlink()
    job = turned(watching, jobs_made=2)[1]
    assert "14 of 19 comics" in job.error
    assert Comic.objects.present().count() == 19
    make_comic(library.root / "New.cbz")
    assert turned(watching, jobs_made=3)[2].status == Job.Status.COMPLETED


def test_one_that_is_no_longer_in_charge_starts_nothing(library: Library) -> None:
    other = Watcher(library, threading.Event(), pace=PACE, is_mine=lambda: False)
    other.turn()
    make_comic(library.root / "New.cbz")
    settle(other)
    other._close()
    assert jobs() == []


def test_what_more_folders_need_than_the_system_gives_is_looked_at_now_and_then(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise OSError("OS file watch limit reached.")

    monkeypatch.setattr(eyes, "RustNotify", refuse)
    eye, remark = eyes.open_eye(library.path, poll_seconds=1)
    assert isinstance(eye, Polling)
    assert "fs.inotify.max_user_watches" in remark


def test_a_name_that_is_not_text_hides_no_other(library: Library, watching: Watcher) -> None:
    shutil.copy(library.root / "Ash" / "Ash 1.cbz", os.fsencode(library.root) + b"/caf\xe9.cbz")
    make_comic(library.root / "New.cbz")
    turned(watching, jobs_made=1)
    assert Comic.objects.count() == 7
