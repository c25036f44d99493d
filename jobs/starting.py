"""From queued to processing: list what a job works on, once, and say that it runs."""

import logging

from django.utils.timezone import now

from jobs import engine, ledger, lifecycle, operations
from jobs.events import publishing
from jobs.models import Job
from jobs.operations import JobError

logger = logging.getLogger(__name__)


def start(job: Job, node: str) -> bool:
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
    try:
        job.items.all().delete()  # of a node that died over it
        job.total = lifecycle.write_items(job, operation.targets(job.selection, job.options))
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
