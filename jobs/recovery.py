"""Put right what a dead worker, a lost message or a crash has left behind."""

import logging
import os
import socket
import time
from collections.abc import Collection, Set
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, Min, OuterRef, Q
from django.utils.timezone import now

from jobs import engine, ledger, starting
from jobs.models import Duty, Job, JobItem, WorkerNode

logger = logging.getLogger(__name__)

DEAD_AFTER_SECONDS = 15
QUIET_TICKS = 2
BUSY_TICKS = 30


class Watch:
    """What one worker has seen, tick by tick, on its own monotonic clock."""

    def __init__(
        self, node: str, threads: int, in_hand: Set[int], listing: Collection[UUID]
    ) -> None:
        self._node = node
        self._threads = threads
        self._in_hand = in_hand
        self._listing = listing
        self._heartbeats: dict[str, tuple[int, float]] = {}
        self._lost: set[int] = set()
        self._unlisted: set[UUID] = set()
        self._stalled: dict[UUID, tuple[int, int]] = {}

    def tick(self) -> bool:
        """Whether there is anything to work on."""
        if not WorkerNode.objects.filter(pk=self._node).update(heartbeat=F("heartbeat") + 1):
            register(self._node, self._threads)  # frozen for so long that others buried it
        is_quiet = _is_quiet()
        for dead in self._dead(_nodes() if is_quiet else _lease_holders() | _nodes()):
            bury(dead)
        if is_quiet:
            self._lost, self._unlisted, self._stalled = set(), set(), {}
            return False
        self._take_back_lost()
        self._take_back_listings()
        self._wake_stalled()
        return True

    def _dead(self, heartbeats: dict[str, int]) -> list[str]:
        dead = []
        for node, heartbeat in heartbeats.items():
            if node == self._node:
                continue
            known, since = self._heartbeats.get(node, (None, 0.0))
            if known != heartbeat:
                self._heartbeats[node] = (heartbeat, time.monotonic())
            elif time.monotonic() - since > DEAD_AFTER_SECONDS:
                dead.append(node)
        return dead

    def _take_back_lost(self) -> None:
        """Free items leased to this worker that it does not have, two ticks running.

        The database was away just when they were to be given back, or just after the claim.
        """
        leased = JobItem.objects.filter(owner=self._node)
        lost = set(leased.values_list("pk", flat=True)) - self._in_hand
        for item in leased.filter(pk__in=lost & self._lost):
            ledger.give_back([item])
        self._lost = lost

    def _take_back_listings(self) -> None:
        """The same for jobs whose targets this worker was about to list."""
        started = Job.objects.filter(starter=self._node)
        unlisted = set(started.values_list("pk", flat=True)) - set(self._listing)
        started.filter(pk__in=unlisted & self._unlisted).update(starter="")
        self._unlisted = unlisted

    def _wake_stalled(self) -> None:
        """Send new messages for jobs that nobody works on: theirs were lost.

        At once where no message waits; else a job may only be waiting for its turn. Not while
        the queue is away: to try would hold up the heartbeat.
        """
        if (idle := engine.is_idle()) is None:
            return
        patience = QUIET_TICKS if idle else BUSY_TICKS
        stalled = {}
        for job in without_worker():
            processed, ticks = self._stalled.get(job.pk, (job.processed, 0))
            ticks = ticks + 1 if processed == job.processed else 0
            if ticks >= patience:
                wake(job)
                ticks = 0
            stalled[job.pk] = (job.processed, ticks)
        self._stalled = stalled


def register(node: str, threads: int) -> None:
    """Let the other workers know of this one."""
    WorkerNode.objects.create(pk=node, host=socket.gethostname(), pid=os.getpid(), threads=threads)
    _note_continued()


def _note_continued() -> None:
    """Jobs that were begun before any worker that there is go on after a restart."""
    oldest = WorkerNode.objects.aggregate(oldest=Min("started_at"))["oldest"]
    begun = Job.objects.filter(status=Job.Status.PROCESSING, continued_at=None)
    begun.filter(started_at__lt=oldest or now()).update(continued_at=now())


def _is_quiet() -> bool:
    """Whether there is nothing to work on: then a tick costs three small queries."""
    return not (Job.objects.unfinished().exists() or JobItem.objects.leased().exists())


def _nodes() -> dict[str, int]:
    """The heartbeat of each."""
    return dict(WorkerNode.objects.values_list("pk", "heartbeat"))


def _lease_holders() -> dict[str, int]:
    """-1 for each: that of one that is among no nodes, because it is being buried already."""
    leased = JobItem.objects.leased().values_list("owner", flat=True).distinct()
    listing = Job.objects.exclude(starter="").values_list("starter", flat=True)
    return dict.fromkeys([*leased, *listing], -1)


def without_worker() -> list[Job]:
    """Jobs to be worked on, or cancelled, with no item leased and nobody listing their targets."""
    leased = JobItem.objects.leased().filter(job=OuterRef("pk"))
    wanted = Q(status__in=Job.RUNNABLE) | Q(cancelling=True)
    unfinished = Job.objects.unfinished().filter(wanted)
    return list(unfinished.filter(~Exists(leased), starter=""))


def wake(job: Job) -> None:
    """Send messages of a new generation; those of the old one, should they turn up, are void."""
    Job.objects.filter(pk=job.pk).update(generation=F("generation") + 1)
    job.refresh_from_db(fields=["generation"])
    if job.cancelling:
        ledger.close_if_cancelled(job.pk)
    elif starting.can_go_on(job):
        engine.enqueue(job)


def bury(node: str) -> None:
    logger.warning("worker is gone node=%s items_released=%d", node, retire(node))
    _note_continued()


def retire(node: str) -> int:
    """Forget a node; how many leases it still had, which are free again."""
    released = ledger.release(node)
    Duty.objects.filter(owner=node).delete()
    WorkerNode.objects.filter(pk=node).delete()
    return released


def is_shared() -> bool:
    """Whether several workers may work on this database at the same time."""
    return connection.vendor != "sqlite"


def start() -> int:
    """At the start of a worker; how many jobs that nobody works on go on."""
    if not is_shared():
        # All others are dead.
        engine.flush()
        for node in WorkerNode.objects.values_list("pk", flat=True):
            bury(node)
    jobs = without_worker()
    for job in jobs:
        wake(job)
    return len(jobs)
