"""From queued to processing: list what a job works on, once, and say that it runs."""

import logging
from collections.abc import Callable
from time import monotonic

from django.utils.timezone import now

from jobs import engine, ledger, lifecycle, operations
from jobs.events import publishing
from jobs.models import Job
from jobs.operations import Abandoned, Check, JobError

logger = logging.getLogger(__name__)

CHECK_SECONDS = 0.2
QUEUED = Job.Status.QUEUED


def start(job: Job, node: str, is_stopping: Callable[[], bool] = lambda: False) -> bool:
    """Bring a queued job to processing; whether it can be worked on at once.

    Not so where it is being listed: new messages follow when that is done.
    """
    try:
        operation = operations.get(job.operation)
    except KeyError:
        fail(job, f"There is no operation “{job.operation}” in this version.")
        return False
    if not (operation.lists_at_start and job.started_at is None and job.source_job_id is None):
        return _begin(job)
    if not Job.objects.filter(pk=job.pk, starter="", status=Job.Status.QUEUED).update(starter=node):
        return False
    check = _check(job, is_stopping)
    try:
        job.items.all().delete()  # of a node that died over it
        targets = operation.targets(job.selection, job.options, check)
        job.total = lifecycle.write_items(job, targets, check)
    except Abandoned:
        _abandon(job)
        return False
    except JobError as error:
        fail(job, str(error))
        return False
    # The worker's loop must go on, and the job must not stay open: its page says what happened.
    except Exception as error:
        logger.exception("listing failed job=%s", job.pk)
        fail(job, f"Unexpected error: {error}")
        return False
    _begin(job)
    # Messages that came while it was listed found nothing to do.
    engine.enqueue(job)
    return False


def _check(job: Job, is_stopping: Callable[[], bool]) -> Check:
    """Gives the listing up when the worker stops or somebody cancels or pauses the job."""
    last = monotonic()

    def check() -> None:
        nonlocal last
        if is_stopping():
            raise Abandoned
        if monotonic() - last > CHECK_SECONDS:
            last = monotonic()
            if not Job.objects.filter(pk=job.pk, status=QUEUED, cancelling=False).exists():
                raise Abandoned

    return check


def _abandon(job: Job) -> None:
    job.items.all().delete()
    Job.objects.filter(pk=job.pk).update(starter="")
    ledger.close_if_cancelled(job.pk)


def _begin(job: Job) -> bool:
    with publishing() as outbox:
        locked = Job.objects.select_for_update().get(pk=job.pk)
        was_listed = bool(locked.starter)
        if was_listed:
            locked.starter, locked.total = "", job.total
        # Several threads may come here with the same job: the first one starts it.
        if locked.status == Job.Status.QUEUED and not locked.cancelling:
            locked.status = Job.Status.PROCESSING
            locked.started_at = locked.started_at or now()
            outbox.add(locked)
        elif was_listed and not locked.is_finished:
            outbox.add(locked)  # paused or cancelled meanwhile: its total is news
        ledger.close(locked, outbox)
    return locked.status == Job.Status.PROCESSING


def fail(job: Job, reason: str) -> None:
    """End a job that cannot go on."""
    with publishing() as outbox:
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if locked.is_finished:
            return
        locked.status, locked.error = Job.Status.FAILED, reason
        locked.starter, locked.finished_at = "", now()
        outbox.add(locked)
