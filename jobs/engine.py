"""The seam to Huey: "somebody work on this job for a moment", and nothing else.

Messages are hints; the Job and JobItem rows are the truth. A message may be lost (recovery sends
a new one) or repeated (an item is claimed only once).
"""

import logging
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.models import Sum
from huey import Huey
from huey.consumer import Consumer
from huey.storage import RedisStorage, SqliteStorage
from redis import ConnectionPool, RedisError

from jobs.models import Job, WorkerNode

logger = logging.getLogger(__name__)

SMALL_JOB = 10
"""Jobs of at most this many items go by a queue of their own, past all the big ones."""

READ_SECONDS = 1
SOCKET_SECONDS = 2
"""How long a Redis that takes connections and answers nothing may hold up whoever sends."""
RETRY_SECONDS = 0.5
LOOK_SECONDS = 0.5
"""How often a queue in a file is looked into for messages of other processes."""


wakers: list[Callable[[str], None]] = []
"""Called with the name of a queue in a file that this process has sent a message to."""


class WakingStorage(SqliteStorage):  # type: ignore[misc]
    """Tells the threads that wait for a message of it at once; they need not look for it."""

    blocking = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._sent = 0
        self._news = threading.Condition()
        super().__init__(*args, **kwargs)

    def enqueue(self, data: bytes, priority: int | None = None) -> None:
        super().enqueue(data, priority)
        self.wake()
        for tell in wakers:
            tell(self.name)

    def wake(self) -> None:
        with self._news:
            self._sent += 1
            self._news.notify()

    def dequeue(self) -> bytes | None:
        before = self._sent
        found: bytes | None = super().dequeue()
        if found is None:
            with self._news:
                self._news.wait_for(lambda: self._sent != before, LOOK_SECONDS)
        return found


class PatientStorage(RedisStorage):  # type: ignore[misc]
    """Waits where Redis is away; its parent asks again at once, which takes up a core."""

    def dequeue(self) -> bytes | None:
        try:
            found = self.conn.brpop(self.queue_key, timeout=self.read_timeout)
        except RedisError:
            time.sleep(RETRY_SECONDS)
            return None
        return found[1] if found else None


def _queue(name: str) -> Huey:
    if settings.REDIS_URL:
        return Huey(
            f"{settings.REDIS_PREFIX}-{name}",
            storage_class=PatientStorage,
            connection_pool=ConnectionPool.from_url(
                settings.REDIS_URL, socket_timeout=SOCKET_SECONDS
            ),
            read_timeout=READ_SECONDS,
            results=False,
        )
    file = settings.DATA_DIR / "queue.sqlite3"
    return Huey(name, storage_class=WakingStorage, filename=file, results=False, timeout=20)


QUEUES = {name: _queue(name) for name in ("jobs", "fast")}


def wake(name: str) -> None:
    """Have a thread that waits for this queue's messages look: another process has sent one, or
    the worker stops."""
    queue = QUEUES.get(name)
    if queue is not None and isinstance(queue.storage, WakingStorage):
        queue.storage.wake()


def enqueue(job: Job) -> None:
    """Ask all workers to work on this job. Where the queue is away, recovery asks again."""
    from jobs import tasks

    small = 0 < job.total <= SMALL_JOB
    try:
        for _ in range(1 if small else _threads()):
            tasks.send(job, "fast" if small else "jobs")
    except RedisError:
        logger.warning("queue is away, job=%s waits", job.pk)


def _threads() -> int:
    """One message for each thread of every worker; a guess while there is none."""
    known = WorkerNode.objects.aggregate(threads=Sum("threads"))["threads"]
    return int(known or settings.WORKERS)


def flush() -> None:
    for queue in QUEUES.values():
        queue.flush()


def waiting() -> int | None:
    """How many messages wait; None where the queue does not answer."""
    try:
        return sum(int(queue.storage.queue_size()) for queue in QUEUES.values())
    except RedisError:
        return None


def is_idle() -> bool | None:
    """Whether no message waits; None where the queue does not answer."""
    messages = waiting()
    return None if messages is None else not messages


class QuietConsumer(Consumer):  # type: ignore[misc]
    """Leaves the signal handlers to the process that hosts it, and needs no schedules of Huey's."""

    def start(self) -> None:
        for _, thread in self.worker_threads:
            thread.start()


def consumers(*, workers: int, on_start: Callable[[], None]) -> list[QuietConsumer]:
    """`workers` threads for the big jobs and one for the small; each calls `on_start` first."""
    import_module("jobs.tasks")  # a message that is not registered here would be lost
    hosts = []
    for name, threads in (("jobs", workers), ("fast", 1)):
        queue = QUEUES[name]
        queue._startup["prepare"] = on_start
        queue._shutdown["disconnect"] = connections.close_all
        hosts.append(QuietConsumer(queue, workers=threads, periodic=False))
    return hosts
