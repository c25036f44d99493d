"""Who works on what, and what came of it: claims, leases and recorded results in the ORM."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from jobs import lifecycle, operations
from jobs.events import Outbox, publishing
from jobs.models import Job, JobItem
from jobs.operations import Result

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
"""An item that was in work at this many deaths of a worker is given up."""


@dataclass(frozen=True)
class Done:
    item: JobItem
    result: Result
    duration_ms: int


def claim(job: Job, owner: str, count: int) -> list[JobItem]:
    """Lease the next pending items of a job in `processing`; none where it is in no such state."""
    with transaction.atomic():
        if not Job.objects.filter(
            pk=job.pk, status=Job.Status.PROCESSING, cancelling=False
        ).exists():
            return []
        pending = job.items.pending().order_by("position")
        items = list(pending.select_for_update(skip_locked=True)[:count])
        if items:
            JobItem.objects.filter(pk__in=[item.pk for item in items]).update(
                owner=owner, attempts=F("attempts") + 1
            )
    for item in items:
        item.owner, item.attempts = owner, item.attempts + 1
    return items


def give_back(items: Sequence[JobItem]) -> None:
    """Return claimed items that were not begun, and their attempt with them."""
    if not items:
        return
    owner = items[0].owner
    JobItem.objects.filter(pk__in=[item.pk for item in items], owner=owner).update(
        owner="", attempts=F("attempts") - 1
    )
    close_if_cancelled(items[0].job_id)


def release(owner: str) -> int:
    """Take back the leases of a node that is dead; how many. Their attempts count."""
    jobs = list(Job.objects.filter(items__owner=owner).distinct().values_list("pk", flat=True))
    released = JobItem.objects.filter(owner=owner).update(owner="")
    Job.objects.filter(starter=owner).update(starter="")
    for job_id in jobs:
        close_if_cancelled(job_id)
    return released


def close_if_cancelled(job_id: UUID) -> None:
    with publishing() as outbox:
        job = _lock(job_id)
        if job is not None and job.cancelling and not job.is_finished:
            close(job, outbox)


def record(batch: Iterable[Done]) -> int:
    """Record results and announce each; how many counted.

    Those whose lease is no longer their owner's are dropped: somebody else does, or did, them.
    """
    by_job = sorted(batch, key=lambda done: str(done.item.job_id))
    counted = 0
    with publishing() as outbox:
        for job_id, group in groupby(by_job, key=lambda done: done.item.job_id):
            counted += _record_job(job_id, list(group), outbox)
    return counted


def _record_job(job_id: UUID, batch: list[Done], outbox: Outbox) -> int:
    job = _lock(job_id)
    if job is None or job.is_finished:
        return 0
    mine = {done.item.pk for done in batch}
    held = dict(JobItem.objects.filter(pk__in=mine).exclude(owner="").values_list("pk", "owner"))
    valid = [done for done in batch if held.get(done.item.pk) == done.item.owner]
    for done in valid:
        job.count(done.result.outcome)
        _write(done, n=job.processed)
        outbox.add(job, done.item)
    if valid:
        counters = {"changed", "unchanged", "skipped", "conflict", "failed"}
        Job.objects.filter(pk=job.pk).update(**{name: getattr(job, name) for name in counters})
    close(job, outbox)
    return len(valid)


def _write(done: Done, *, n: int) -> None:
    item, result = done.item, done.result
    item.n, item.outcome, item.message = n, result.outcome, result.message
    item.changes, item.duration_ms = result.changes, done.duration_ms
    item.owner = ""
    item.save(update_fields=["n", "outcome", "message", "changes", "duration_ms", "owner"])


def close(job: Job, outbox: Outbox) -> None:
    """End a locked job whose items are all done, or that is cancelling and has none in work."""
    if job.is_finished:
        return
    if job.processed == job.total and job.started_at and not job.starter:
        job.status, job.finished_at = Job.Status.COMPLETED, now()
    else:
        lifecycle.close_cancelled(job)
    if job.is_finished:
        job.save(update_fields=["status", "finished_at"])
        outbox.add(job)
        outbox.afterwards.append(lambda: _tell_operation(job))


def _tell_operation(job: Job) -> None:
    try:
        operations.get(job.operation).finished(str(job.pk), job.selection)
    # The job has ended whatever its operation makes of that; the recorder must go on.
    except Exception:
        logger.exception("operation not told of the end job=%s", job.pk)


def _lock(job_id: UUID) -> Job | None:
    return Job.objects.select_for_update().filter(pk=job_id).first()
