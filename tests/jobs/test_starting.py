"""A job that cannot go on says why, in words."""

from collections.abc import Iterable
from typing import Any

import pytest

from jobs import lifecycle, operations, recovery, starting
from jobs.models import Job
from jobs.operations import Check, JobError, SelectionError, Target, go_on
from tests.jobs.operations import CountLater

pytestmark = pytest.mark.django_db


def failed(job: Job) -> Job:
    job.refresh_from_db()
    assert (job.status, job.starter) == (Job.Status.FAILED, "")
    assert job.finished_at
    return job


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (JobError("The folder is away."), "The folder is away."),
        (SelectionError("There is no library yet."), "There is no library yet."),
        (KeyError("strict"), "What to work on could not be listed: KeyError: 'strict'."),
        (ValueError(), "What to work on could not be listed: ValueError."),
        (OSError(5, "I/O error"), "could not be listed: OSError: [Errno 5] I/O error."),
    ],
)
def test_a_listing_that_fails_is_the_reason(
    error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def targets(self: Any, selection: Any, options: Any, check: Check = go_on) -> Iterable[Target]:
        yield Target("1", "one")
        raise error

    monkeypatch.setattr(CountLater, "targets", targets)
    job = lifecycle.submit("count_later", {})
    assert not starting.start(job, "node")
    assert failed(job).error.endswith(reason)
    assert not job.items.exists()


@pytest.fixture
def unknown(monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job of an operation that another version had."""
    job = lifecycle.submit("count", {})
    remaining = {o.name: o for o in operations.registered() if o.name != "count"}
    monkeypatch.setattr(operations, "_operations", remaining)
    return job


def test_a_waiting_job_of_an_operation_that_is_gone_fails(unknown: Job) -> None:
    assert not starting.start(unknown, "node")
    assert failed(unknown).error == "There is no operation “count” in this version."


def test_a_running_job_of_an_operation_that_is_gone_fails_at_the_next_look(unknown: Job) -> None:
    Job.objects.filter(pk=unknown.pk).update(status=Job.Status.PROCESSING)
    assert [job.pk for job in recovery.without_worker()] == [unknown.pk]
    recovery.wake(unknown)
    assert failed(unknown).error == "There is no operation “count” in this version."
    assert recovery.without_worker() == []


def test_a_cancelling_job_of_an_operation_that_is_gone_is_cancelled(unknown: Job) -> None:
    Job.objects.filter(pk=unknown.pk).update(status=Job.Status.PROCESSING, cancelling=True)
    (job,) = recovery.without_worker()
    recovery.wake(job)
    unknown.refresh_from_db()
    assert unknown.status == Job.Status.CANCELLED
