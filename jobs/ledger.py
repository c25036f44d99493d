"""Who works on what, and what came of it: claims, leases and recorded results in the ORM."""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db import connection
from django.db.models import F, Q
from django.utils.timezone import now

from jobs import lifecycle, measures, operations
from jobs.events import Outbox, publishing
from jobs.models import Job, JobItem
from jobs.operations import Result

logger = logging.getLogger(__name__)

_ITEMS = JobItem._meta.db_table
_JOBS = Job._meta.db_table

MAX_ATTEMPTS = 3
"""An item that was in work at this many deaths of a worker is given up."""


@dataclass(frozen=True)
class Done:
    item: JobItem
    owner: str
    """The node that held the lease."""
    result: Result
    duration_ms: int

    def apply(self, *, n: int) -> None:
        """Put the result into the item, not into the database."""
        self.item.n, self.item.outcome = n, self.result.outcome
        self.item.message, self.item.changes = self.result.message, self.result.changes
        self.item.shown = self.result.shown or self.item.shown
        self.item.duration_ms = self.duration_ms


def claim(job: Job, owner: str, count: int) -> list[JobItem]:
    """Lease the next pending items of a job in `processing`; none where it is in no such state.

    One that was in work at the death of a worker comes after all others of its turn and alone:
    should it kill the next one too, that is no other item's attempt. Of those the one with the
    most attempts comes last: else whatever kills workers again and again would find the same one.
    """
    fresh = _claim(job, owner, count, _FRESH, "turn, position")
    return fresh or _claim(job, owner, 1, "attempts > 0", "turn, attempts, position")


_FRESH = f"""
    attempts = 0 AND turn <= COALESCE((
        SELECT MIN(begun.turn) FROM {_ITEMS} AS begun
        WHERE begun.job_id = {_ITEMS}.job_id AND begun.owner = '' AND begun.outcome = ''
        AND begun.attempts > 0
    ), turn)
"""  # names of ours # nosec B608


def _claim(job: Job, owner: str, count: int, which: str, order: str) -> list[JobItem]:
    skip = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update else ""
    sql = f"""
        UPDATE {_ITEMS} SET owner = %s, attempts = attempts + 1
        WHERE id IN (
            SELECT id FROM {_ITEMS}
            WHERE job_id = %s AND owner = '' AND outcome = '' AND {which}
            ORDER BY {order} LIMIT %s {skip}
        ) AND EXISTS (
            SELECT 1 FROM {_JOBS} WHERE id = %s AND status = 'processing' AND NOT cancelling
        ) RETURNING id, job_id, position, key, path, owner, attempts, shown, turn, note
    """  # names of ours # nosec B608
    job_id = JobItem._meta.get_field("job").get_db_prep_value(job.pk, connection)
    items = JobItem.objects.raw(sql, [owner, job_id, count, job_id])
    return sorted(items, key=lambda item: (item.turn, item.position))


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
    concerned = Job.objects.filter(Q(items__owner=owner) | Q(starter=owner))
    jobs = list(concerned.distinct().values_list("pk", flat=True))
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
    keys = [done.item.pk for done in batch]
    held = dict(JobItem.objects.filter(pk__in=keys).values_list("pk", "owner"))
    valid = [done for done in batch if held.get(done.item.pk) == done.owner]
    for done in valid:
        job.count(done.result.outcome)
        done.apply(n=job.processed)
        measures.observe(job.operation, done.duration_ms)
        outbox.add(job, done.item)
    _write([done.item for done in valid])
    close(job, outbox)
    return len(valid)


def _write(items: list[JobItem]) -> None:
    # A tenth of the cost of saving each.
    sql = f"""
        UPDATE {_ITEMS}
        SET n = %s, outcome = %s, message = %s, changes = %s, shown = %s, duration_ms = %s,
            owner = ''
        WHERE id = %s
    """  # names of ours # nosec B608
    rows = [
        (i.n, i.outcome, i.message, json.dumps(i.changes), i.shown, i.duration_ms, i.pk)
        for i in items
    ]
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)


def close(job: Job, outbox: Outbox) -> None:
    """End a locked job whose items are all done, or that is cancelling and has none in work."""
    if job.is_finished:
        return
    if job.processed == job.total and job.started_at and not job.starter:
        job.status, job.finished_at = Job.Status.COMPLETED, now()
    else:
        lifecycle.close_cancelled(job)
    if job.is_finished:
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
