import pytest
from django.db import OperationalError
from django.db.models import F

from jobs import engine, events, ledger, lifecycle, operations, sequels
from jobs.models import Job, JobItem, WorkerNode
from jobs.operations import Outcome
from jobs.worker import Worker
from tests.jobs.operations import Poison
from tests.waiting import finished, until


def count(**options: int) -> Job:
    return lifecycle.submit("count", {}, options=options)


def numbers(job: Job) -> list[int | None]:
    return list(job.items.done().values_list("n", flat=True))


def test_a_job_is_done_item_by_item(worker: Worker) -> None:
    job = finished(count(count=100, broken=2))
    assert job.status == Job.Status.COMPLETED
    assert job.progress == {
        "processed": 100,
        "total": 100,
        "success": 98,
        "errors": 2,
        "percentage": 100.0,
    }
    assert numbers(job) == list(range(1, 101))
    failed = job.items.get(position=1)
    assert (failed.outcome, failed.message) == (Outcome.FAILED, "Number 1 is broken.")


def test_a_job_that_lists_its_items_at_the_start_is_done_too(worker: Worker) -> None:
    job = finished(lifecycle.submit("count_later", {}, options={"count": 50}))
    assert (job.status, job.total, job.processed) == (Job.Status.COMPLETED, 50, 50)


def test_a_job_that_turns_out_empty_completes(worker: Worker) -> None:
    job = finished(lifecycle.submit("count_later", {}, options={"count": 0}))
    assert (job.status, job.percentage) == (Job.Status.COMPLETED, 100.0)


def test_cancel_stops_after_the_items_in_work(worker: Worker) -> None:
    job = count(count=1000, pause_ms=50)
    until(lambda: job.items.done().count() >= 3, "three items")
    lifecycle.cancel(job)
    job = finished(job)
    assert job.status == Job.Status.CANCELLED
    assert job.processed < 20
    assert job.items.pending().count() == 1000 - job.processed
    assert not job.items.leased().exists()


def test_a_paused_job_begins_nothing_and_goes_on_when_resumed(worker: Worker) -> None:
    job = count(count=40, pause_ms=20)
    until(lambda: job.items.done().exists(), "the first item")
    lifecycle.pause(job)
    until(lambda: not job.items.leased().exists(), "the items in work")
    job.refresh_from_db()
    assert job.status == Job.Status.PAUSED
    assert 0 < job.processed < 40
    lifecycle.resume(job)
    assert finished(job).processed == 40


def test_a_small_job_does_not_wait_for_a_big_one(worker: Worker) -> None:
    big = count(count=2000, pause_ms=20)
    until(lambda: big.items.done().exists(), "the big job to run")
    small = finished(count(count=3))
    big.refresh_from_db()
    assert small.status == Job.Status.COMPLETED
    assert not big.is_finished
    lifecycle.cancel(big)
    finished(big)


def test_whatever_an_item_does_to_its_child_is_its_own_result(worker: Worker) -> None:
    job = finished(lifecycle.submit("poison", {}))
    assert job.status == Job.Status.COMPLETED
    outcomes = dict(job.items.values_list("key", "outcome"))
    assert outcomes == {
        way: Outcome.CHANGED if way.startswith("fine") else Outcome.FAILED for way in Poison.WAYS
    }
    messages = dict(job.items.values_list("key", "message"))
    assert "SIGABRT" in messages["abort"]
    assert "SIGSEGV" in messages["segfault"]
    assert "SIGKILL" in messages["killed"]
    assert "longer than 3 s" in messages["hang"]
    assert "longer than 3 s" in messages["native hang"]
    assert "memory" in messages["memory"]
    assert "It is broken." in messages["raise"]
    assert "could not be understood" in messages["unpicklable"]


def test_items_done_in_groups_have_each_a_result_and_a_poisonous_one_fails_alone(
    worker: Worker,
) -> None:
    job = finished(lifecycle.submit("grouped", {}, options={"count": 200}))
    assert (job.status, job.changed, job.failed) == (Job.Status.COMPLETED, 199, 1)
    assert numbers(job) == list(range(1, 201))
    assert "SIGABRT" in job.items.get(outcome=Outcome.FAILED, position=30).message
    assert job.items.filter(message="one of 8").exists()


def test_a_stopped_worker_leaves_nothing_leased_and_the_next_goes_on(
    transactional_db: None,
) -> None:
    first = Worker(threads=2)
    first.start()
    job = count(count=60, pause_ms=20)
    until(lambda: job.items.done().count() >= 5, "five items")
    first.stop()
    assert not JobItem.objects.leased().exists()
    assert not WorkerNode.objects.exists()
    job.refresh_from_db()
    assert job.status == Job.Status.PROCESSING
    assert job.items.done().count() == job.processed < 60
    second = Worker(threads=2)
    assert second.start() == 1
    try:
        assert finished(job).processed == 60
        assert numbers(job) == list(range(1, 61))
        assert not job.items.filter(attempts__gt=1).exists()
    finally:
        second.stop()


def test_an_item_that_was_in_work_at_three_deaths_is_given_up(transactional_db: None) -> None:
    job = count(count=2)
    job.items.filter(position=1).update(attempts=3)
    worker = Worker(threads=1)
    worker.start()
    job = finished(job)
    worker.stop()
    assert job.items.get(position=1).message.startswith("Given up")
    assert (job.success, job.errors) == (1, 1)


def test_results_that_the_database_did_not_take_are_recorded_when_it_does(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal, failures = events.Outbox.seal, iter([True, True])

    def failing(outbox: events.Outbox) -> None:
        seal(outbox)
        if next(failures, False):
            raise OperationalError("the disk is full")

    job = count(count=30, pause_ms=5)
    until(lambda: job.items.done().exists(), "the first item")
    monkeypatch.setattr(events.Outbox, "seal", failing)
    job = finished(job)
    assert numbers(job) == list(range(1, 31))
    assert not job.items.filter(attempts__gt=1).exists()


def test_items_that_a_slice_lost_to_a_database_error_are_done_all_the_same(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_back, failures = ledger.give_back, iter([True, True])

    def failing(items: list[JobItem]) -> None:
        if next(failures, False):
            raise OperationalError("the disk is full")
        give_back(items)

    monkeypatch.setattr(ledger, "give_back", failing)
    job = count(count=60, pause_ms=5)
    until(lambda: job.items.done().count() > 5, "some items")
    lifecycle.pause(job)
    until(lambda: not job.items.leased().exists(), "the lost leases")
    lifecycle.resume(job)
    assert finished(job).processed == 60


def test_a_job_is_created_beside_a_busy_writer(worker: Worker) -> None:
    """Its targets come from a table, and are more than one chunk."""
    busy = count(count=500, pause_ms=5)
    source = count(count=lifecycle.CHUNK + 500)
    lifecycle.cancel(source)
    source = finished(source)
    source.items.update(owner="", outcome=Outcome.FAILED, n=F("position"))
    Job.objects.filter(pk=source.pk).update(failed=source.total)
    for _ in range(5):
        again = sequels.retry(Job.objects.get(pk=source.pk))
        assert again.total == lifecycle.CHUNK + 500
        lifecycle.cancel(again)
    lifecycle.cancel(busy)
    finished(busy)


@pytest.mark.parametrize("stop", ["cancel", "pause", "worker"])
def test_a_long_listing_is_given_up(worker: Worker, stop: str) -> None:
    job = lifecycle.submit("endless_listing", {})
    until(lambda: Job.objects.filter(pk=job.pk).exclude(starter="").exists(), "the listing")
    if stop == "worker":
        worker.stop()
        worker.stop = lambda: None  # type: ignore[method-assign]
    else:
        getattr(lifecycle, stop)(job)
    until(lambda: Job.objects.filter(pk=job.pk, starter="").exists(), "its end")
    job.refresh_from_db()
    assert not job.items.exists()
    if stop == "cancel":
        assert finished(job).status == Job.Status.CANCELLED
    else:
        assert job.status == {"pause": Job.Status.PAUSED, "worker": Job.Status.QUEUED}[stop]


def test_a_job_that_was_paused_and_cancelled_over_its_listing_ends_at_the_next_start(
    transactional_db: None,
) -> None:
    job = lifecycle.submit("count_later", {})
    Job.objects.filter(pk=job.pk).update(starter="dead", status="paused", cancelling=True)
    WorkerNode.objects.create(pk="dead", host="here", pid=1)
    worker = Worker(threads=1)
    worker.start()
    try:
        assert finished(job).status == Job.Status.CANCELLED
    finally:
        worker.stop()


def test_a_listing_that_this_worker_forgot_is_begun_anew(worker: Worker) -> None:
    lifecycle.pause(job := lifecycle.submit("count_later", {}, options={"count": 5}))
    Job.objects.filter(pk=job.pk).update(starter=WorkerNode.objects.get().pk)
    lifecycle.resume(job)
    assert finished(job).processed == 5


def test_a_worker_that_could_not_start_can_be_stopped(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OSError("no")

    monkeypatch.setattr(operations, "services", [refuse])
    worker = Worker(threads=1)
    with pytest.raises(OSError, match="no"):
        worker.start()
    worker.stop()
    assert not WorkerNode.objects.exists()


def test_a_job_whose_messages_were_lost_is_taken_up(worker: Worker) -> None:
    job = count(count=5)
    engine.flush()
    assert finished(job).processed == 5


def test_a_stop_waits_for_no_look_at_the_queue(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LOOK_SECONDS", 3600)
    worker = Worker(threads=2)
    worker.start()
    finished(count(count=3))
    worker.stop()
