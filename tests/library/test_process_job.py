import hashlib
import os
from pathlib import Path

from jobs import lifecycle, operations
from jobs.models import Job
from jobs.operations import Outcome, Task
from jobs.worker import Worker
from library.models import Change, Comic, Library
from library.registering import change, register_and_scan
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
    """SHA-256 and mtime of every file. A folder may go meanwhile, which a job has emptied."""
    files = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return {
        str(file.relative_to(folder)): (
            hashlib.sha256(file.read_bytes()).hexdigest(),
            file.stat().st_mtime_ns,
        )
        for file in sorted(files)
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
    assert dry.outcomes == wet.outcomes
    planned = dict(dry.items.filter(outcome="changed").values_list("key", "changes"))
    done = dict(wet.items.filter(outcome="changed").values_list("key", "changes"))
    for key in done:
        assert planned[key] == done[key]


def test_every_changed_item_has_its_change_on_record_and_no_other(
    worker: Worker, tmp_path: Path
) -> None:
    scanned_samples(tmp_path)
    job = process()
    process()
    changed = {item.position: item for item in job.items.filter(outcome=Outcome.CHANGED)}
    # Of two that clash, the later one may have begun before it found the name taken.
    stands = Change.objects.exclude(state=Change.State.TAKEN_BACK)
    changes = {change.position: change for change in stands.filter(job=job.pk)}
    assert changes.keys() == changed.keys()
    assert stands.count() == len(changed)
    for position, done in changes.items():
        item = changed[position]
        assert done.state == Change.State.DONE
        assert (done.changes, done.message) == (item.changes, item.message)
        for difference in done.changes:
            if difference["field"] != "name":
                assert done.before.get(difference["field"], "") == difference["before"]
                assert done.after[difference["field"]] == difference["after"]


def test_an_item_that_was_done_before_a_crash_is_not_done_again(
    worker: Worker, tmp_path: Path
) -> None:
    scanned_samples(tmp_path)
    job = process()
    item = job.items.filter(outcome=Outcome.CHANGED)[0]
    before = snapshot(tmp_path)
    task = Task(str(job.pk), item.position, item.key, item.path, {}, dry_run=False)

    def child(function: str, /, *args: object) -> object:
        raise AssertionError("it was looked at again")

    result = operations.get("process").perform(task, child)
    assert (result.outcome, result.message) == (Outcome.CHANGED, item.message)
    assert result.changes == item.changes
    assert snapshot(tmp_path) == before


def test_the_rows_follow_the_files(worker: Worker, tmp_path: Path) -> None:
    library = scanned_samples(tmp_path)
    process()
    again = finished(lifecycle.submit("scan", {"library": library.pk}))
    assert (again.status, again.total) == (Job.Status.COMPLETED, 0)
    for comic in Comic.objects.filter(state=Comic.State.CLEAN):
        assert comic.file.exists()


def test_new_rules_judge_the_comics_at_once(worker: Worker, tmp_path: Path) -> None:
    library = scanned_samples(tmp_path)
    process()
    clean = Comic.objects.filter(state=Comic.State.CLEAN).count()
    assert clean > 10
    change(library, template="{series} {issue:3}")
    assert not Comic.objects.filter(state=Comic.State.CLEAN).exists()
    change(library, template="{series} - Chapter {issue:4}")
    assert Comic.objects.filter(state=Comic.State.CLEAN).count() == clean
