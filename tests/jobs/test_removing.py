from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.timezone import now

from jobs import ledger, lifecycle, operations, removing, sequels, starting
from jobs.event_log import JobLog
from jobs.following import follow
from jobs.models import Job, JobItem
from jobs.operations import Abandoned

pytestmark = pytest.mark.django_db


def ended(*, count: int = 5, days_ago: float = 0) -> Job:
    job = lifecycle.cancel(lifecycle.submit("count", {}, options={"count": count}))
    Job.objects.filter(pk=job.pk).update(finished_at=now() - timedelta(days=days_ago))
    return Job.objects.get(pk=job.pk)


def interrupted(monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job of 5 items whose removal came as far as 3 of them."""
    monkeypatch.setattr(removing, "CHUNK", 3)
    job, answers = ended(), iter([True])

    def check() -> None:
        if not next(answers, False):
            raise Abandoned

    with pytest.raises(Abandoned):
        removing.remove(job, check)
    return job


def test_a_removed_job_takes_its_items_along_and_no_others() -> None:
    job, other = ended(), ended(count=2)
    lifecycle.remove(job)
    assert list(Job.objects.all()) == [other]
    assert set(JobItem.objects.values_list("job", flat=True)) == {other.pk}


def test_items_are_deleted_chunk_by_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removing, "CHUNK", 3)
    job, left = ended(count=8), []
    removing.remove(job, lambda: left.append(job.items.count()))
    assert left == [8, 5, 2]


def test_half_removed_it_is_seen_by_nobody(
    admin: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = interrupted(monkeypatch)
    assert job.items.count() == 2
    client.force_login(admin)
    assert client.get("/api/jobs/").json()["count"] == 0
    assert str(job.pk) not in client.get("/activity/").content.decode()
    for url in (f"/api/jobs/{job.pk}/", f"/api/jobs/{job.pk}/items/", f"/jobs/{job.pk}/"):
        assert client.get(url).status_code == 404
    for move in ("cancel", "retry", "dismiss"):
        assert client.post(f"/jobs/{job.pk}/{move}/").status_code == 404
    assert JobLog().get_events("jobs", 0) == []
    with pytest.raises(Job.DoesNotExist):
        list(follow(job))


def test_a_removal_that_was_interrupted_is_finished_by_the_next_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interrupted(monkeypatch)
    kept = ended()
    removing.sweep()
    assert list(Job.objects.all()) == [kept]
    assert kept.items.count() == 5


def test_a_creation_that_was_interrupted_is_swept_after_an_hour() -> None:
    young, old = (Job.objects.create(operation="count") for _ in range(2))
    an_hour_ago = now() - timedelta(minutes=61)
    Job.objects.filter(pk=old.pk).update(created_at=an_hour_ago)
    removing.sweep()
    assert list(Job.objects.all()) == [young]


def test_a_retry_whose_source_was_removed_keeps_to_its_own_items() -> None:
    source = lifecycle.submit("count_later", {}, options={"count": 4})
    starting.start(source, "node")
    (item,) = ledger.claim(source, "node", 1)
    broken = operations.Result(operations.Outcome.FAILED)
    ledger.record([ledger.Done(item, "node", broken, 1)])
    retry = sequels.retry(lifecycle.cancel(source))
    lifecycle.remove(Job.objects.get(pk=source.pk))
    retry.refresh_from_db()
    assert (retry.source_job, retry.total) == (None, 1)
    assert starting.start(retry, "node")
    assert retry.items.count() == 1


def test_only_jobs_that_ended_long_enough_ago_are_pruned() -> None:
    ended(days_ago=4)
    kept = [ended(days_ago=2), lifecycle.submit("count", {})]
    Job.objects.update(created_at=now() - timedelta(days=9))
    assert removing.prune(3) == 1
    assert set(Job.objects.all()) == set(kept)


def test_the_worker_prunes_by_the_setting(settings: Any) -> None:
    assert removing.keep_house in operations.chores
    old = ended(days_ago=1000)
    settings.JOB_RETENTION_DAYS = 0
    removing.keep_house(operations.go_on)
    assert Job.objects.get() == old
    settings.JOB_RETENTION_DAYS = 999
    removing.keep_house(operations.go_on)
    assert not Job.objects.exists()


def prunejobs(*arguments: str) -> str:
    output = StringIO()
    call_command("prunejobs", *arguments, stdout=output)
    return output.getvalue().strip()


def test_the_command_says_what_it_does_or_would_do(settings: Any) -> None:
    settings.JOB_RETENTION_DAYS = 30
    ended(days_ago=31, count=7)
    ended(days_ago=29)
    assert prunejobs("--dry-run") == "Would delete jobs: 1 (items: 7)"
    assert Job.objects.count() == 2
    assert prunejobs() == "Deleted jobs: 1"
    assert prunejobs("--older-than", "0") == "Deleted jobs: 1"
    assert not Job.objects.exists()


def test_the_command_keeps_for_ever_what_the_setting_says(settings: Any) -> None:
    settings.JOB_RETENTION_DAYS = 0
    ended(days_ago=1000)
    assert "for ever" in prunejobs()
    assert prunejobs("--older-than", "999") == "Deleted jobs: 1"


@pytest.mark.parametrize("days", ["-1", "x", "1.5", "9999999999"])
def test_the_command_refuses_what_is_no_number_of_days(days: str) -> None:
    with pytest.raises(CommandError, match="whole number of days"):
        prunejobs(f"--older-than={days}")
