"""Waiting for what a worker does: bounded, and by looking, never by a guessed time."""

import time
from collections.abc import Callable

from jobs.models import Job

LIMIT_SECONDS = 60


def until(condition: Callable[[], bool], what: str, *, every_seconds: float = 0.01) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {LIMIT_SECONDS} s in vain for {what}")
        time.sleep(every_seconds)


def finished(job: Job) -> Job:
    """The job, read anew once it has ended."""

    def ended() -> bool:
        job.refresh_from_db()
        return job.is_finished

    until(ended, f"the end of {job}")
    return job
