"""One slice of work on a job: claim items, perform them, hand them to the recorder."""

import logging
import threading
import time
from collections.abc import Sequence
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.db import close_old_connections

from jobs import ledger, operations, starting
from jobs.ledger import Done
from jobs.models import Job, JobItem
from jobs.operations import ItemError, Operation, Outcome, Result
from jobs.pool import ChildStopped, Slot
from jobs.recorder import Recorder

logger = logging.getLogger(__name__)

SLICE_SECONDS = 0.12
"""Then the next job has its turn: so long the first item of a job waits for each other job."""
CLAIM_SECONDS = 0.1
"""Claim as many items as fit into this, so that a cancel and a kill concern few."""
MAX_CLAIM = 50
CHECK_SECONDS = 0.02
"""How long a cancel or pause may go unseen between two items."""


class Host:
    """What the worker of this process lends to the slices that run in its threads."""

    def __init__(self, node: str, recorder: Recorder) -> None:
        self.node = node
        self.recorder = recorder
        self.stopping = threading.Event()
        self.in_hand: set[int] = set()
        """Items that this process claimed and has neither recorded nor given back."""
        self.listing: list[UUID] = []
        """Jobs whose targets this process is listing; one twice where two threads came to it."""
        self._slots: dict[int, Slot] = {}
        self.claims: dict[UUID, int] = {}
        """How many items of a job are claimed at once, as its last slice has found it."""

    def slot(self) -> Slot:
        """This thread's own."""
        slot = self._slots.get(threading.get_ident())
        if slot is None:
            slot = self._slots[threading.get_ident()] = Slot(operations.child_modules())
        return slot

    def kill_children(self) -> None:
        for slot in list(self._slots.values()):
            slot.stop()


host: Host | None = None
"""Set while a worker runs in this process."""


def run_slice(job_id: str, generation: int) -> bool:
    """Work on a job for a moment; whether it wants another slice."""
    if host is None or host.stopping.is_set():
        return False
    close_old_connections()
    job = Job.objects.filter(pk=job_id, generation=generation).first()
    if job is None or job.status not in Job.RUNNABLE or job.cancelling:
        return False
    if job.status == Job.Status.QUEUED and not _start(job, host):
        return False
    return Slice(job, host).run()


def _start(job: Job, host: Host) -> bool:
    host.listing.append(job.pk)
    try:
        return starting.start(job, host.node, host.stopping.is_set)
    finally:
        host.listing.remove(job.pk)


class Slice:
    def __init__(self, job: Job, host: Host) -> None:
        self.job = job
        self.host = host
        self.operation: Operation = operations.get(job.operation)
        self.slot = host.slot()
        self._checked = time.monotonic()
        self._claim = host.claims.pop(job.pk, 1)
        self._alone = 0
        """So many of the next items are performed alone."""

    def run(self) -> bool:
        deadline = time.monotonic() + SLICE_SECONDS
        while time.monotonic() < deadline:
            items = ledger.claim(self.job, self.host.node, self._claim)
            self.host.in_hand.update(item.pk for item in items)
            if not items or not self._perform_all(items):
                return False
        self.host.claims[self.job.pk] = self._claim
        return True

    def _perform_all(self, items: list[JobItem]) -> bool:
        """Whether to go on; items not begun are given back where not."""
        started = time.monotonic()
        left = list(items)
        try:
            while left:
                if self._must_stop():
                    return False
                done = self._perform(self._next_group(left))
                self._alone = max(0, self._alone - done)
                del left[:done]
        except ChildStopped:
            return False
        finally:
            if left:
                # First, so that recovery does it where the database is away just now.
                self.host.in_hand.difference_update(item.pk for item in left)
                ledger.give_back(left)
        self._adapt((time.monotonic() - started) / len(items))
        return True

    def _next_group(self, left: list[JobItem]) -> list[JobItem]:
        """Items that were in work when a worker died are performed alone, and so are those of a
        group that failed: what one of them does concerns no other."""
        most = 1 if self._alone else self.operation.group_size
        return list(takewhile(lambda item: item.attempts == 1, left[:most])) or left[:1]

    def _adapt(self, item_seconds: float) -> None:
        self._claim = max(1, min(MAX_CLAIM, 2 * self._claim, int(CLAIM_SECONDS / item_seconds)))

    def _must_stop(self) -> bool:
        if self.host.stopping.is_set():
            return True
        if time.monotonic() - self._checked < CHECK_SECONDS:
            return False
        self._checked = time.monotonic()
        going_on = Job.objects.filter(
            pk=self.job.pk, status=Job.Status.PROCESSING, cancelling=False
        )
        return not going_on.exists()

    def _perform(self, items: list[JobItem]) -> int:
        """How many of the first ones have a result now. Raises ChildStopped."""
        started = time.perf_counter()
        results = self._group_results(items) if len(items) > 1 else [self._result(items[0])]
        if not results:
            return 0
        duration_ms = round(1000 * (time.perf_counter() - started) / len(results))
        for item, result in zip(items, results, strict=False):
            self.host.recorder.put(Done(item, self.host.node, result, duration_ms))
        return len(results)

    def _group_results(self, items: list[JobItem]) -> Sequence[Result]:
        """None at all where they have to be performed alone."""
        try:
            return self.operation.perform_group([item.task(self.job) for item in items], self._call)
        except ChildStopped:
            raise
        # Whatever it was, it is found again at the one item that is concerned.
        except Exception as error:  # noqa: BLE001
            logger.info("group performed one by one job=%s why=%s", self.job.pk, error)
            self._alone = len(items)
            return []

    def _result(self, item: JobItem) -> Result:
        if item.attempts > ledger.MAX_ATTEMPTS:
            return Result(
                Outcome.FAILED, "Given up: the worker stopped three times while at this item."
            )
        try:
            return self.operation.perform(item.task(self.job), self._call)
        except ItemError as error:
            return Result(Outcome.FAILED, str(error))
        except ChildStopped:
            raise
        # One item's unforeseen trouble is its own result; the job goes on.
        except Exception as error:
            logger.exception("item failed job=%s position=%d", self.job.pk, item.position)
            return Result(Outcome.FAILED, f"Unexpected error: {type(error).__name__}: {error}")

    def _call(self, function: str, /, *args: Any) -> Any:
        return self.slot.call(function, args, timeout_seconds=self.operation.timeout_seconds)
