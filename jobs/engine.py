"""The seam to Huey: "somebody work on this job for a moment", and nothing else.

Messages are hints; the Job and JobItem rows are the truth. A message may be lost (recovery sends
a new one) or repeated (an item is claimed only once).
"""

from collections.abc import Callable

from django.conf import settings
from huey import SqliteHuey
from huey.consumer import Consumer

from jobs.models import Job

SMALL_JOB = 10
"""Jobs of at most this many items go by a queue of their own, past all the big ones."""

QUEUES = {
    name: SqliteHuey(
        name, filename=settings.DATA_DIR / "queue.sqlite3", results=False, fsync=False, timeout=20
    )
    for name in ("jobs", "fast")
}


def enqueue(job: Job) -> None:
    """Ask all workers to work on this job."""
    from jobs import tasks

    small = 0 < job.total <= SMALL_JOB
    for _ in range(1 if small else settings.WORKERS):
        tasks.send(job, "fast" if small else "jobs")


def flush() -> None:
    for queue in QUEUES.values():
        queue.flush()


def is_idle() -> bool:
    """Whether no message waits."""
    return not any(queue.storage.queue_size() for queue in QUEUES.values())


class QuietConsumer(Consumer):  # type: ignore[misc]
    """Leaves the signal handlers to the process that hosts it."""

    def _set_signal_handlers(self) -> None:
        pass


def consumers(*, workers: int, on_start: Callable[[], None]) -> list[QuietConsumer]:
    """`workers` threads for the big jobs and one for the small; each calls `on_start` first."""
    hosts = []
    for name, threads in (("jobs", workers), ("fast", 1)):
        queue = QUEUES[name]
        queue._startup["prepare"] = on_start
        hosts.append(
            QuietConsumer(
                queue,
                workers=threads,
                periodic=False,
                initial_delay=0.02,
                backoff=1.3,
                max_delay=0.1,
                check_worker_health=False,
            )
        )
    return hosts
