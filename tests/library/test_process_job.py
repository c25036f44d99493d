import hashlib
from pathlib import Path

from jobs import lifecycle
from jobs.models import Job
from jobs.operations import Outcome
from jobs.worker import Worker
from library.models import Comic, Library
from library.registering import register_and_scan
from library.samples import make_samples
from tests.waiting import finished


def scanned_samples(folder: Path, count: int = 40) -> Library:
    make_samples(folder, count=count)
    library, scan = register_and_scan(str(folder))
    assert finished(scan).status == Job.Status.COMPLETED
    return library


def process(**options: object) -> Job:
    return finished(lifecycle.submit("process", {"all": True}, options=options))


def snapshot(folder: Path) -> dict[str, tuple[str, int]]:
    """SHA-256 and mtime of every file."""
    return {
        str(file.relative_to(folder)): (
            hashlib.sha256(file.read_bytes()).hexdigest(),
            file.stat().st_mtime_ns,
        )
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_processing_twice_changes_nothing_the_second_time(worker: Worker, tmp_path: Path) -> None:
    scanned_samples(tmp_path)
    first = process()
    assert first.status == Job.Status.COMPLETED
    assert first.changed > 10
    before = snapshot(tmp_path)
    second = process()
    assert snapshot(tmp_path) == before
    assert second.changed == 0
    assert (second.unchanged, second.errors, second.skipped) == (
        first.changed + first.unchanged,
        first.errors,
        first.skipped,
    )


def test_of_two_comics_that_want_one_name_exactly_one_gets_it(
    worker: Worker, tmp_path: Path
) -> None:
    scanned_samples(tmp_path)
    count = len(snapshot(tmp_path))
    job = process()
    assert job.conflict >= 1
    assert len(snapshot(tmp_path)) == count
    loser = job.items.filter(outcome=Outcome.CONFLICT).first()
    assert loser is not None
    comic = Comic.objects.get(pk=int(loser.key))
    assert comic.state == Comic.State.DUPLICATE
    assert comic.file.exists()


def test_a_dry_run_says_what_the_job_then_does(worker: Worker, tmp_path: Path) -> None:
    scanned_samples(tmp_path)
    before = snapshot(tmp_path)
    dry = finished(lifecycle.submit("process", {"all": True}, dry_run=True))
    assert snapshot(tmp_path) == before
    wet = process()
    planned = dict(dry.items.filter(outcome="changed").values_list("key", "changes"))
    done = dict(wet.items.filter(outcome="changed").values_list("key", "changes"))
    for key in done:
        assert planned[key] == done[key]


def test_the_rows_follow_the_files(worker: Worker, tmp_path: Path) -> None:
    library = scanned_samples(tmp_path)
    process()
    again = finished(lifecycle.submit("scan", {"library": library.pk}))
    assert (again.status, again.total) == (Job.Status.COMPLETED, 0)
    for comic in Comic.objects.filter(state=Comic.State.CLEAN):
        assert comic.file.exists()
