"""From queued to processing: list what a job works on, arrange it, once, and say that it runs."""

import logging
from collections.abc import Callable
from time import monotonic

from django.utils.timezone import now
from django.utils.translation import gettext as _

from jobs import arranging, engine, ledger, lifecycle, operations, removing
from jobs.events import publishing
from jobs.models import Job
from jobs.operations import Abandoned, Check, JobError, SelectionError

logger = logging.getLogger(__name__)

CHECK_SECONDS = 0.2
QUEUED = Job.Status.QUEUED


def start(job: Job, node: str, is_stopping: Callable[[], bool] = lambda: False) -> bool:
    """Bring a queued job to processing; whether it can be worked on at once.

    Not so where it is being listed: new messages follow when that is done.
    """
    if not can_go_on(job):
        return False
    operation = operations.get(job.operation)
    # A retry has its items, also where the job that it came from was removed meanwhile.
    lists = operation.lists_at_start and job.started_at is None and not job.total
    if not lists and not (operation.arranges and job.started_at is None):
        return _begin(job)
    if not Job.objects.filter(pk=job.pk, starter="", status=Job.Status.QUEUED).update(starter=node):
        return False
    check = _check(job, is_stopping)
    try:
        if lists:
            removing.delete_items(job)  # of a node that died over it
            targets = operation.targets(job.selection, job.options, check)
            job.total = lifecycle.write_items(job, targets, check)
        if operation.arranges:
            arranging.arrange(job, operation, check)
    except Abandoned:
        if lists:
            removing.delete_items(job)
        _abandon(job)
        return False
    except (JobError, SelectionError) as error:
        fail(job, str(error))
        return False
    # The worker's loop must go on, and the job must not stay open: its page says what happened.
    except Exception as error:
        logger.exception("listing failed job=%s", job.pk)
        fail(job, _("What to work on could not be listed: %s.") % _in_words(error))
        return False
    going_on = _begin(job)
    if lists or job.total > engine.SMALL_JOB:
        # Messages that came meanwhile found nothing to do.
        engine.enqueue(job)
        return False
    return going_on


def can_go_on(job: Job) -> bool:
    """Whether this version has its operation; a job without one is failed."""
    try:
        operations.get(job.operation)
    except KeyError:
        fail(job, _("There is no operation “%s” in this version.") % job.operation)
        return False
    return True


def _in_words(error: Exception) -> str:
    """With its kind, because the text of some says nothing alone and that of others is empty."""
    return f"{type(error).__name__}: {error}".strip(" :.")


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
    """End a job that cannot go on; `reason` is a sentence for whoever looks at it."""
    with publishing() as outbox:
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if locked.is_finished:
            return
        locked.status, locked.error = Job.Status.FAILED, reason
        locked.starter, locked.finished_at = "", now()
        outbox.add(locked)
