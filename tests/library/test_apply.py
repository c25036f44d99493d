"""A preview is applied just as it was shown, or not at all."""

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client

from jobs import lifecycle, sequels
from jobs.models import Job
from jobs.operations import Outcome
from jobs.worker import Worker
from library.models import Comic
from library.registering import change
from tests.library.archives.making import make_comic
from tests.library.test_process_job import process, scanned_samples, snapshot
from tests.waiting import finished


def preview() -> Job:
    return finished(lifecycle.submit("process", {"all": True}, dry_run=True))


def test_a_preview_is_applied_as_it_was_shown(worker: Worker, tmp_path: Path) -> None:
    scanned_samples(tmp_path)
    shown = preview()
    left_out = shown.items.filter(outcome=Outcome.CHANGED).order_by("position")[0]
    untouched = snapshot(tmp_path)[left_out.path]
    applied = finished(sequels.apply(shown, without=[left_out.position]))
    assert (applied.dry_run, applied.source_job_id) == (False, shown.pk)
    assert applied.total == shown.total - 1
    assert snapshot(tmp_path)[left_out.path] == untouched
    expected = dict(shown.items.exclude(pk=left_out.pk).values_list("key", "outcome"))
    assert dict(applied.items.values_list("key", "outcome")) == expected
    done = dict(applied.items.values_list("key", "changes"))
    assert done == dict(shown.items.exclude(pk=left_out.pk).values_list("key", "changes"))


def test_a_file_that_changed_since_the_preview_is_a_conflict(
    worker: Worker, tmp_path: Path
) -> None:
    scanned_samples(tmp_path)
    shown = preview()
    same_plan, other_plan, right = (
        shown.items.filter(outcome=outcome).order_by("position")[n]
        for outcome, n in (("changed", 0), ("changed", 1), ("unchanged", 0))
    )
    # The plan for the first stays what it was, but somebody has had the file in hand.
    os.utime(tmp_path / same_plan.path)
    make_comic(tmp_path / other_plan.path, {"Series": "Mine", "Number": "7"})
    make_comic(tmp_path / right.path, {"Series": "Mine", "Number": "8"})
    before = snapshot(tmp_path)
    applied = finished(sequels.apply(shown))
    after = snapshot(tmp_path)
    for item in (same_plan, other_plan, right):
        ended = applied.items.get(key=item.key)
        assert ended.outcome == Outcome.CONFLICT
        assert ended.message == "It has changed since the preview."
        assert after[item.path] == before[item.path]
    # Retried, it is still that preview's item.
    again = finished(sequels.retry(applied))
    assert again.items.get(key=same_plan.key).outcome == Outcome.CONFLICT
    assert again.changed == 0


def test_what_other_rules_would_make_of_it_is_a_conflict(worker: Worker, tmp_path: Path) -> None:
    library = scanned_samples(tmp_path)
    shown = preview()
    change(library, template="{series} {issue:3}")
    before = snapshot(tmp_path)
    applied = finished(sequels.apply(shown))
    assert (applied.changed, applied.unchanged) == (0, 0)
    assert applied.conflict >= shown.changed + shown.unchanged
    assert snapshot(tmp_path) == before


def test_applying_twice_does_nothing_twice(worker: Worker, tmp_path: Path) -> None:
    scanned_samples(tmp_path)
    shown = preview()
    finished(sequels.apply(shown))
    before = snapshot(tmp_path)
    again = finished(sequels.apply(shown))
    assert again.changed == 0
    assert snapshot(tmp_path) == before


def test_only_a_preview_that_went_through_is_applied(
    worker: Worker, tmp_path: Path, admin: User, client: Client
) -> None:
    scanned_samples(tmp_path, count=5)
    client.force_login(admin)
    wet, shown = process(), preview()
    scan = lifecycle.submit("scan", {"all": True}, dry_run=True)
    for job in (wet, finished(scan)):
        assert client.generic("POST", f"/api/jobs/{job.pk}/apply/").status_code == 409
    url = f"/api/jobs/{shown.pk}/apply/"

    def status(body: object) -> int:
        return client.post(url, body, content_type="application/json").status_code  # type: ignore[arg-type]

    assert [status({"except": given}) for given in ("1", ["1"], [0], [True], [10**6])] == [400] * 5
    assert status({"without": [1]}) == 400
    assert status({"except": list(range(1, shown.total + 1))}) == 409
    answer = client.post(url, {"except": [1]}, content_type="application/json")
    assert (answer.status_code, answer.json()["source_job_id"]) == (201, str(shown.pk))
    assert answer.json()["progress"]["total"] == shown.total - 1
    with pytest.raises(ValidationError, match="positions"):
        sequels.apply(shown, without=[shown.total + 1])
    assert Comic.objects.present().exists()
