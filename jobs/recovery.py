"""Put right what a dead worker, a lost message or a crash has left behind."""

import logging
import time
from datetime import timedelta

from django.db.models import Exists, F, OuterRef
from django.utils.timezone import now

from jobs import engine, ledger
from jobs.models import Job, JobItem, WorkerNode

logger = logging.getLogger(__name__)

DEAD_AFTER_SECONDS = 15
CREATION_HOURS = 1


class Watch:
    """What one worker has seen of the others' heartbeats, on its own monotonic clock."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, float]] = {}
        self._stalled: set[object] = set()

    def tick(self, node: str) -> None:
        WorkerNode.objects.filter(pk=node).update(heartbeat=F("heartbeat") + 1)
        for dead in self._dead(node):
            bury(dead)
        self._wake_stalled()

    def _dead(self, mine: str) -> list[str]:
        dead = []
        for node, heartbeat in WorkerNode.objects.exclude(pk=mine).values_list("pk", "heartbeat"):
            known, since = self._seen.get(node, (None, 0.0))
            if known != heartbeat:
                self._seen[node] = (heartbeat, time.monotonic())
            elif time.monotonic() - since > DEAD_AFTER_SECONDS:
                dead.append(node)
        return dead

    def _wake_stalled(self) -> None:
        """Send new messages for jobs that nobody worked on at two ticks running."""
        stalled = {job.pk: job for job in without_worker()} if engine.is_idle() else {}
        for pk in stalled.keys() & self._stalled:
            wake(stalled[pk])
        self._stalled = set(stalled)


def without_worker() -> list[Job]:
    """Jobs that should be worked on and of which no item is leased and nobody lists the targets."""
    leased = JobItem.objects.leased().filter(job=OuterRef("pk"))
    return list(Job.objects.runnable().filter(~Exists(leased), starter=""))


def wake(job: Job) -> None:
    """Send messages of a new generation; those of the old one, should they turn up, are void."""
    Job.objects.filter(pk=job.pk).update(generation=F("generation") + 1)
    job.refresh_from_db(fields=["generation"])
    if job.cancelling:
        ledger.close_if_cancelled(job.pk)
    else:
        engine.enqueue(job)


def bury(node: str) -> None:
    logger.warning("worker is gone node=%s items_released=%d", node, retire(node))


def retire(node: str) -> int:
    """Forget a node; how many leases it still had, which are free again."""
    released = ledger.release(node)
    WorkerNode.objects.filter(pk=node).delete()
    return released


def start_alone() -> int:
    """At the start of the only worker there can be: all others are dead; how many jobs go on."""
    engine.flush()
    for node in WorkerNode.objects.values_list("pk", flat=True):
        bury(node)
    abandon_creations()
    jobs = without_worker()
    for job in jobs:
        wake(job)
    return len(jobs)


def abandon_creations() -> None:
    """Delete jobs whose creation was interrupted; nobody has seen them."""
    cutoff = now() - timedelta(hours=CREATION_HOURS)
    Job.objects.filter(revision=0, created_at__lt=cutoff).delete()
