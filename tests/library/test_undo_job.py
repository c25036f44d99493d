"""Undo as a job: the last change first, with a preview that says what can no longer be undone."""

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client

from jobs import lifecycle, operations, sequels
from jobs.models import Job
from jobs.operations import Outcome, Task
from jobs.worker import Worker
from library.exceptions import ComicError
from library.history import changes_shown, undoable
from library.models import Change, Comic, TrashedFile
from library.operations.undo import Undo
from library.undoing import look
from tests.library.shelving import XML, Shelf, sha256
from tests.library.test_process_job import process, scanned_samples, snapshot
from tests.library.test_trash_job import outcomes, run
from tests.waiting import finished

JOB = str(uuid.uuid4())


@pytest.fixture
def shelf(worker: Worker, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def bytes_of(folder: Path) -> dict[str, str]:
    return {
        name: digest
        for name, (digest, _) in snapshot(folder).items()
        if not name.startswith(".comicmaintainer")
    }


def test_a_whole_job_is_undone_to_the_byte_and_can_be_done_again(
    worker: Worker, tmp_path: Path
) -> None:
    scanned_samples(tmp_path)
    before = bytes_of(tmp_path)
    job = process()
    after = bytes_of(tmp_path)
    assert after != before
    undone = finished(sequels.undo(job))
    assert (undone.operation, undone.source_job_id) == ("undo", job.pk)
    assert (undone.total, undone.changed) == (job.changed, job.changed)
    assert bytes_of(tmp_path) == before
    with pytest.raises(lifecycle.NotAllowed, match="nothing left"):
        sequels.undo(job)
    assert finished(sequels.undo(undone)).changed == job.changed
    assert bytes_of(tmp_path) == after


def test_a_removal_is_undone_as_a_job(shelf: Shelf) -> None:
    comics = [shelf.comic(f"Ash/{n}.cbz", pages=n) for n in range(1, 4)]
    before = bytes_of(shelf.root)
    job = run("trash", comics=[comic.pk for comic in comics])
    assert bytes_of(shelf.root) == {}
    assert finished(sequels.undo(job)).changed == 3
    assert bytes_of(shelf.root) == before
    assert Comic.objects.present().count() == 3


def test_the_preview_says_what_cannot_be_undone_and_why(shelf: Shelf) -> None:
    kinds = ("fine", "edited", "gone", "taken", "purged", "later", "undone")
    comics = {kind: shelf.comic(f"Ash/{kind}.cbz") for kind in kinds}
    changes = {
        kind: shelf.change(
            comic, new_name=f"new {kind}.cbz", keeps_original=kind == "purged", job=JOB, position=n
        )
        for n, (kind, comic) in enumerate(comics.items())
    }
    files = {kind: shelf.root / f"Ash/new {kind}.cbz" for kind in kinds}
    files["edited"].write_bytes(b"mine")
    files["gone"].unlink()
    (shelf.root / "Ash/taken.cbz").write_bytes(b"mine")
    (shelf.root / ".comicmaintainer/trash" / TrashedFile.objects.get().name).unlink()
    shelf.change(Comic.objects.get(pk=comics["later"].pk), rewrites=False, new_name="newest.cbz")
    run("undo", changes=[changes["undone"].pk])
    everything = [change.pk for change in changes.values()]
    before = snapshot(shelf.root)
    preview = run("undo", dry_run=True, changes=everything)
    assert snapshot(shelf.root) == before
    said = dict(zip(kinds, reversed(outcomes(preview)), strict=True))
    assert said == {
        "fine": ("changed", "Would be undone."),
        "edited": ("conflict", "The file was changed since; it stays as it is."),
        "gone": ("failed", "The file is no longer there."),
        "taken": ("conflict", "“taken.cbz” exists already."),
        "purged": ("failed", "The original is no longer in the trash."),
        "later": ("conflict", "A later change of this comic has to be undone first."),
        "undone": ("skipped", "There is nothing to undo: this change does not stand."),
    }
    wet = run("undo", changes=everything)
    assert wet.outcomes == preview.outcomes
    assert shelf.names() == sorted(
        ["Ash/fine.cbz", "Ash/new edited.cbz", "Ash/new taken.cbz", "Ash/taken.cbz"]
        + ["Ash/new purged.cbz", "Ash/newest.cbz", "Ash/undone.cbz"]
    )


@pytest.mark.parametrize("group_size", [1, 50])
def test_the_preview_counts_on_no_undo_that_would_fail(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, group_size: int
) -> None:
    monkeypatch.setattr(Undo, "group_size", group_size)
    # b becomes c, a becomes b; x becomes y, and then z.
    for n, (old, new) in enumerate([("b", "c"), ("a", "b"), ("x", "y"), ("y", "z")]):
        found = Comic.objects.filter(name=f"{old}.cbz").first()
        comic = found or shelf.comic(f"Ash/{old}.cbz", pages=n + 1)
        shelf.change(comic, rewrites=False, new_name=f"{new}.cbz", job=JOB, position=n)
    for name in ("b", "z"):
        (shelf.root / f"Ash/{name}.cbz").write_bytes(b"mine")
    preview, wet = run("undo", dry_run=True, job=JOB), run("undo", job=JOB)
    assert outcomes(preview) == outcomes(wet)
    assert outcomes(wet) == [
        ("conflict", "The file was changed since; it stays as it is."),
        ("conflict", "A later change of this comic has to be undone first."),
        ("conflict", "The file was changed since; it stays as it is."),
        ("conflict", "“b.cbz” exists already."),
    ]


def test_several_changes_of_a_comic_and_a_chain_of_names_are_undone_in_their_order(
    shelf: Shelf,
) -> None:
    comics = [shelf.comic(f"Ash/{n}.cbz", pages=n + 1) for n in range(6)]
    before = bytes_of(shelf.root)
    # 5 becomes 6, 4 becomes 5 and so on; then each gets other tags.
    for n in reversed(range(6)):
        shelf.change(comics[n], rewrites=False, new_name=f"{n + 1}.cbz", job=JOB, position=n)
    for n in range(6):
        shelf.change(Comic.objects.get(pk=comics[n].pk), job=JOB, position=10 + n)
    assert len(bytes_of(shelf.root)) == 6
    preview = run("undo", dry_run=True, job=JOB)
    assert (preview.total, preview.changed) == (12, 12)
    assert run("undo", job=JOB).changed == 12
    assert bytes_of(shelf.root) == before


def can_be_undone(change: Change) -> bool:
    try:
        look(change)
    except ComicError:
        return False
    return True


def test_several_changes_of_a_comic_are_undone_and_done_again_and_undone(shelf: Shelf) -> None:
    comic = shelf.comic()
    states = [sha256(comic.file)]
    for xml in (b"<ComicInfo><Series>A</Series></ComicInfo>", XML):
        shelf.change(Comic.objects.get(), xml=xml, job=JOB)
        states.append(sha256(comic.file))
    first = Change.objects.order_by("pk")[0]
    job = run("undo", job=JOB)
    for expected in (states[2], states[0], states[2]):
        preview = finished(sequels.undo(job, dry_run=True))
        job = finished(sequels.undo(job))
        assert (job.changed, preview.changed) == (2, 2)
        assert sha256(comic.file) == expected
        offered = {change.pk for change in changes_shown() if undoable(change)}
        assert offered == {change.pk for change in Change.objects.all() if can_be_undone(change)}
        assert offered
    # One of them alone only while nothing stands on it.
    assert outcomes(run("undo", changes=[first.pk])) == [
        ("conflict", "A later change of this comic has to be undone first.")
    ]
    last = Change.objects.filter(reverts=None).latest("pk")
    assert run("undo", changes=[last.pk]).changed == 1
    assert run("undo", changes=[first.pk]).changed == 1
    assert sha256(comic.file) == states[0]


def test_a_preview_of_an_undo_can_be_applied(shelf: Shelf) -> None:
    comics = [shelf.comic(f"Ash/{n}.cbz") for n in range(3)]
    for n, comic in enumerate(comics):
        shelf.change(comic, new_name=f"new {n}.cbz", job=JOB, position=n)
    preview = run("undo", dry_run=True, job=JOB)
    applied = finished(sequels.apply(preview, without=[1]))
    assert [outcome for outcome, _ in outcomes(applied)] == ["changed", "changed"]
    assert shelf.names() == ["Ash/0.cbz", "Ash/1.cbz", "Ash/new 2.cbz"]


def test_an_item_that_was_done_before_a_crash_is_not_done_again(shelf: Shelf) -> None:
    comic = shelf.comic()
    former = sha256(comic.file)
    shelf.change(comic, new_name="new.cbz", job=JOB, position=1)
    job = run("undo", job=JOB)
    item = job.items.get()
    task = Task(str(job.pk), item.position, item.key, item.path, {}, dry_run=False)

    def child(function: str, /, *args: object) -> object:
        raise AssertionError("no child is needed")

    result = operations.get("undo").perform(task, child)
    assert (result.outcome, result.message) == (Outcome.CHANGED, "Undone.")
    assert Change.objects.count() == 2
    assert sha256(shelf.root / "Ash/old.cbz") == former


def test_what_is_in_no_others_way_is_undone_in_one_go(shelf: Shelf) -> None:
    comics = [shelf.comic(f"Ash/{n}.cbz", pages=n + 1) for n in range(6)]
    # 2 becomes 3, then 1 becomes 2: only the second can be undone first. The others are free.
    for n, new_name in ((2, "three.cbz"), (1, "2.cbz"), (3, "x.cbz"), (4, "y.cbz"), (5, "z.cbz")):
        shelf.change(comics[n], rewrites=False, new_name=new_name, job=JOB, position=n)
    job = lifecycle.submit("undo", {"job": JOB}, dry_run=True)
    undo = operations.get("undo")
    assert isinstance(undo, Undo)
    tasks = [replace(item.task(job), dry_run=False) for item in job.items.order_by("position")]
    first = undo.apart(tasks)
    assert [task.path for task in first] == ["Ash/5.cbz", "Ash/4.cbz", "Ash/3.cbz", "Ash/1.cbz"]
    assert [task.path for task in undo.apart(tasks[4:])] == ["Ash/2.cbz"]
    assert finished(job).changed == 5


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("operation", "selection"),
    [
        ("undo", {"all": True}),
        ("undo", {"job": "nonsense"}),
        ("undo", {"job": JOB}),
        ("undo", {"changes": [1]}),
        ("restore", {"all": True}),
        ("restore", {"trashed": [1]}),
        ("trash", {"trashed": [1]}),
    ],
)
def test_a_selection_of_nothing_is_refused(operation: str, selection: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        lifecycle.submit(operation, selection)
    assert list(refused.value.message_dict) == ["selection"]


def test_by_the_api_a_job_is_undone_and_one_that_did_nothing_is_not(
    shelf: Shelf, admin: User, client: Client
) -> None:
    client.force_login(admin)
    comic = shelf.comic()
    body = {"operation": "trash", "comics": [comic.pk]}

    def post(url: str, sent: dict[str, Any]) -> Any:
        return client.post(url, json.dumps(sent), content_type="application/json")

    job_id = post("/api/jobs/", body).json()["job_id"]
    finished(Job.objects.get(pk=job_id))
    preview = post(f"/api/jobs/{job_id}/undo/", {"dry_run": True})
    assert (preview.status_code, preview.json()["dry_run"]) == (201, True)
    finished(Job.objects.get(pk=preview.json()["job_id"]))
    undone = client.generic("POST", f"/api/jobs/{job_id}/undo/")
    assert (undone.status_code, undone.json()["source_job_id"]) == (201, job_id)
    finished(Job.objects.get(pk=undone.json()["job_id"]))
    assert comic.file.exists()
    items = client.get(f"/api/jobs/{undone.json()['job_id']}/items/").json()["results"]
    assert [item["comic_id"] for item in items] == [comic.pk]
    assert post(f"/api/jobs/{job_id}/undo/", {}).status_code == 409
    assert post(f"/api/jobs/{preview.json()['job_id']}/undo/", {}).status_code == 409
    assert post(f"/api/jobs/{job_id}/undo/", {"odd": 1}).status_code == 400
