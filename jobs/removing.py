"""Jobs leave: because somebody removes them, or because their time is over.

One that leaves is hidden first, by the revision of a job that is not yet there: no page, call of
the API or stream shows it from then on. Its items are deleted in small transactions, so that
nobody waits for a job of 200,000. Its own row goes last and so tells of a removal that was
interrupted, which `sweep` finishes.
"""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.timezone import now

from jobs.models import Job, JobItem, JobQuerySet
from jobs.operations import Check, go_on

logger = logging.getLogger(__name__)

CHUNK = 2000
"""Items deleted in one transaction, which takes about 10 ms."""
CREATION_HOURS = 1


def remove(job: Job, check: Check = go_on) -> None:
    """Forget a job on which nobody works, and its results; whoever else does so is no hindrance."""
    Job.objects.filter(source_job=job).update(source_job=None)
    Job.objects.filter(pk=job.pk).update(revision=0)
    delete_items(job, check)
    Job.objects.filter(pk=job.pk).delete()


def delete_items(job: Job, check: Check = go_on) -> None:
    # Not until a chunk is short: where two remove the same job, that is no sign of the end.
    while job.items.exists():
        check()
        began = time.monotonic()
        chunk = job.items.order_by("position")[:CHUNK].values("pk")
        JobItem.objects.filter(pk__in=chunk).delete()
        # SQLite's busy wait is unfair: without a pause the next chunk has the lock again before
        # any of those that wait for it looks.
        time.sleep(time.monotonic() - began)


def ended_before(days: int) -> JobQuerySet:
    """Jobs that ended more than so many days ago, the oldest first."""
    cutoff = now() - timedelta(days=days)
    return Job.objects.announced().filter(finished_at__lt=cutoff).order_by("finished_at")


def prune(days: int, check: Check = go_on) -> int:
    """Remove the jobs that ended more than so many days ago; how many."""
    jobs = list(ended_before(days))
    for job in jobs:
        check()
        remove(job, check)
    if jobs:
        logger.info("jobs pruned count=%d older_than_days=%d", len(jobs), days)
    return len(jobs)


def sweep(check: Check = go_on) -> None:
    """Finish removals that were interrupted, and delete jobs whose creation was."""
    forgotten = Q(created_at__lt=now() - timedelta(hours=CREATION_HOURS))
    for job in Job.objects.filter(forgotten | ~Q(status__in=Job.UNFINISHED), revision=0):
        remove(job, check)


def keep_house(check: Check) -> None:
    sweep(check)
    if settings.JOB_RETENTION_DAYS:
        prune(settings.JOB_RETENTION_DAYS, check)
