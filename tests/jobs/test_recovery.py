"""Leases, attempts and heartbeats, without a worker."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from jobs import ledger, recovery
from jobs.models import Job, JobItem, WorkerNode
from jobs.recovery import DEAD_AFTER_SECONDS, Watch

pytestmark = pytest.mark.django_db


@pytest.fixture
def job() -> Job:
    job = Job.objects.create(
        operation="count", status=Job.Status.PROCESSING, total=8, revision=1, started_at=now()
    )
    JobItem.objects.bulk_create(
        JobItem(job=job, position=n, key=str(n), path="") for n in range(1, 9)
    )
    return job


def now() -> datetime:
    return timezone.now()


def positions(items: list[JobItem]) -> list[int]:
    return [item.position for item in items]


def test_giving_back_undoes_the_attempt(job: Job) -> None:
    ledger.give_back(ledger.claim(job, "a", 4))
    again = ledger.claim(job, "a", 4)
    assert [item.attempts for item in again] == [1, 1, 1, 1]


def test_after_a_death_the_items_it_had_come_last_and_one_by_one(job: Job) -> None:
    assert positions(ledger.claim(job, "a", 3)) == [1, 2, 3]
    ledger.release("a")
    assert positions(ledger.claim(job, "b", 50)) == [4, 5, 6, 7, 8]
    assert positions(ledger.claim(job, "b", 50)) == [1]
    # It kills the next worker too: the others have no part in that.
    ledger.release("b")
    attempts = dict(job.items.values_list("position", "attempts"))
    assert (attempts[1], attempts[2], attempts[3]) == (2, 1, 1)


def test_after_several_deaths_the_items_that_were_there_least_come_first(job: Job) -> None:
    ledger.claim(job, "a", 8)
    ledger.release("a")
    assert positions(ledger.claim(job, "b", 50)) == [1]
    ledger.release("b")
    assert positions(ledger.claim(job, "c", 50)) == [2]
    ledger.release("c")
    assert [positions(ledger.claim(job, "d", 50)) for _ in range(8)] == [
        [3], [4], [5], [6], [7], [8], [1], [2]
    ]  # fmt: skip


class Clocks:
    """The observer's own, and the wall's."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.monotonic = 1000.0
        self.wall = timedelta()
        patch.setattr(recovery.time, "monotonic", lambda: self.monotonic)
        patch.setattr(timezone, "now", lambda: datetime.now(tz=UTC) + self.wall)
        patch.setattr(recovery.engine, "is_idle", lambda: None)


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


def watch() -> Watch:
    for node in ("me", "other"):
        WorkerNode.objects.create(pk=node, host="here", pid=1)
    return Watch("me", 1, set(), [])


def test_a_clock_that_jumps_a_day_takes_no_lease(job: Job, clocks: Clocks) -> None:
    ledger.claim(job, "other", 2)
    watching = watch()
    for jump in (timedelta(days=1), timedelta(days=-1), timedelta(days=3650)):
        clocks.wall = jump
        clocks.monotonic += 1
        watching.tick()
    assert job.items.leased().count() == 2


def test_a_worker_whose_heartbeat_moves_is_alive_however_long_it_takes(
    job: Job, clocks: Clocks
) -> None:
    ledger.claim(job, "other", 2)
    watching = watch()
    for heartbeat in range(5):
        WorkerNode.objects.filter(pk="other").update(heartbeat=heartbeat)
        clocks.monotonic += DEAD_AFTER_SECONDS
        watching.tick()
    assert job.items.leased().count() == 2


def test_a_worker_whose_heartbeat_stands_still_is_dead(job: Job, clocks: Clocks) -> None:
    ledger.claim(job, "other", 2)
    watching = watch()
    for seconds in (0, DEAD_AFTER_SECONDS):
        clocks.monotonic += seconds
        watching.tick()
        assert job.items.leased().count() == 2
    clocks.monotonic += 1
    watching.tick()
    assert not job.items.leased().exists()
    assert not WorkerNode.objects.filter(pk="other").exists()


def test_a_late_result_of_a_worker_that_lost_its_lease_does_not_count(job: Job) -> None:
    item = ledger.claim(job, "a", 1)[0]
    ledger.release("a")
    again = ledger.claim(job, "b", 50)
    done = ledger.Done(item, "a", ledger.Result(ledger.operations.Outcome.CHANGED), 1)
    assert ledger.record([done]) == 0
    assert positions(again) == [2, 3, 4, 5, 6, 7, 8]


def test_a_frozen_worker_that_was_buried_is_known_again(job: Job, clocks: Clocks) -> None:
    frozen = watch()
    recovery.retire("me")
    frozen.tick()
    assert WorkerNode.objects.filter(pk="me").exists()


def test_leases_that_no_known_worker_has_are_taken_back(job: Job, clocks: Clocks) -> None:
    """One that was buried claims items before it is known again, and dies."""
    observer = watch()
    ledger.claim(job, "unknown", 2)
    observer.tick()
    assert job.items.leased().count() == 2
    clocks.monotonic += DEAD_AFTER_SECONDS + 1
    observer.tick()
    assert not job.items.leased().exists()


def test_a_job_goes_on_after_a_restart_when_all_workers_of_before_are_gone(job: Job) -> None:
    def is_continued() -> bool:
        return bool(Job.objects.values_list("continued_at", flat=True).get())

    WorkerNode.objects.create(pk="old", host="here", pid=1)
    WorkerNode.objects.update(started_at=now() - timedelta(hours=1))
    recovery.register("new", 1)
    assert not is_continued()
    recovery.bury("old")
    assert is_continued()


def test_a_job_that_was_begun_by_a_worker_that_still_lives_is_not_continued(job: Job) -> None:
    recovery.register("one", 1)
    Job.objects.update(started_at=now(), continued_at=None)
    recovery.register("two", 1)
    recovery.bury("two")
    assert Job.objects.get().continued_at is None
