"""Follow a job to its end by its rows, whichever process works on it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from jobs.models import Job, JobItem

LOOK_SECONDS = 0.2
CHUNK = 500


@dataclass(frozen=True)
class News:
    job: Job
    items: list[JobItem]
    """Recorded since the last news, in the order of completion."""


def follow(job: Job) -> Iterator[News]:
    """Ends after the news that the job has ended. Raises Job.DoesNotExist where it is removed."""
    seen = 0
    while True:
        job = Job.objects.announced().get(pk=job.pk)
        while seen < job.processed:
            items = list(job.items.done().filter(n__gt=seen, n__lte=job.processed)[:CHUNK])
            if not items:
                raise Job.DoesNotExist
            seen += len(items)
            yield News(job, items)
        yield News(job, [])
        if job.is_finished:
            return
        time.sleep(LOOK_SECONDS)
