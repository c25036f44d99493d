"""Payloads and their sending; the one place that calls django-eventstream's send_event.

A change of a job is announced by `publishing`: one transaction whose last statements take the
revisions, and after whose commit the events go out.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NotRequired, TypedDict

from django.db import DatabaseError, transaction
from django_eventstream import send_event
from django_eventstream.channelmanager import ChannelManagerBase
from django_eventstream.views import get_listener_manager

from jobs import listeners, operations, relay
from jobs.models import Job, JobItem, Progress, Revision
from jobs.operations import FieldChange
from jobs.relay import Span

logger = logging.getLogger(__name__)

JOBS = "jobs"
NOTICES = "notices"


class ItemPayload(TypedDict):
    n: int
    position: int
    path: str
    outcome: str
    message: str
    changes: list[FieldChange]
    duration_ms: int


class JobPayload(TypedDict):
    job_id: str
    status: str
    progress: Progress
    operation: str
    dry_run: bool
    revision: int
    outcomes: dict[str, int]
    cancelling: bool
    item: NotRequired[ItemPayload]


class Event(TypedDict):
    type: str
    data: Any


def job_payload(job: Job) -> JobPayload:
    return {
        "job_id": str(job.pk),
        "status": job.status,
        "progress": job.progress,
        "operation": job.operation,
        "dry_run": job.dry_run,
        "revision": job.revision,
        "outcomes": job.outcomes,
        "cancelling": job.cancelling,
    }


def ended(job: Job) -> dict[str, Any]:
    """What listeners are told of a job's end."""
    return {
        "job_id": str(job.pk),
        "operation": job.operation,
        "scope": job.scope,
        "status": job.status,
        "dry_run": job.dry_run,
        "progress": job.progress,
        "outcomes": job.outcomes,
        "error": job.error,
        "created_at": job.created_at.isoformat(),
        "started_at": job.started_at and job.started_at.isoformat(),
        "finished_at": job.finished_at and job.finished_at.isoformat(),
    }


def job_updated(payload: JobPayload) -> Event:
    return {"type": "job_updated", "data": payload}


_unsent: set[Span] = set()


def will_be_sent(revision: int) -> bool:
    """Whether this process has committed that revision, or is about to, and has yet to send it."""
    return any(span.has(revision) for span in tuple(_unsent))


class Outbox:
    """The changes of jobs in one transaction, in order. The jobs must be locked in it."""

    def __init__(self) -> None:
        self._payloads: list[JobPayload] = []
        self._jobs: dict[str, Job] = {}
        self._span: Span | None = None
        self.afterwards: list[Callable[[], None]] = []
        """Called after the commit and the sending."""

    def add(self, job: Job, item: JobItem | None = None) -> None:
        """Store and announce `job` as it is now, after the item just recorded if one is given."""
        payload = job_payload(job)
        if item is not None:
            payload["item"] = item.as_json()  # type: ignore[typeddict-item]
        self._payloads.append(payload)
        self._jobs[payload["job_id"]] = job

    def seal(self) -> None:
        """Take the revisions and write the jobs, as the last statements of the transaction."""
        if not self._payloads:
            return
        for job in self._jobs.values():
            if job.is_finished:
                _tell_of_end(job)
                listeners.tell(f"job.{job.status}", ended(job))
        first = Revision.take(len(self._payloads))
        self._span = Span(first, first + len(self._payloads) - 1)
        _unsent.add(self._span)
        relay.promise(self._span)
        for revision, payload in enumerate(self._payloads, first):
            payload["revision"] = self._jobs[payload["job_id"]].revision = revision
        for job in self._jobs.values():
            job.save(update_fields=Job.COURSE)

    def send(self) -> None:
        for payload in self._payloads:
            _send(JOBS, job_updated(payload), payload["revision"], payload["job_id"])
        for call in self.afterwards:
            call()

    def close(self) -> None:
        if self._span:
            _unsent.discard(self._span)


def _tell_of_end(job: Job) -> None:
    """In the transaction that records it."""
    try:
        operation = operations.get(job.operation)
    except KeyError:
        return  # it failed for just that: this version does not know it
    try:
        with transaction.atomic():
            operation.ended(str(job.pk), job.selection, job.status)
    # The job has ended, whatever its operation makes of that.
    except Exception:
        logger.exception("operation not told of the end job=%s", job.pk)


@contextmanager
def publishing() -> Iterator[Outbox]:
    """A transaction of its own; the events added to the outbox are sent after its commit."""
    outbox = Outbox()
    try:
        with transaction.atomic(durable=True):
            yield outbox
            outbox.seal()
        outbox.send()
    finally:
        outbox.close()


def announce(type: str, data: dict[str, Any]) -> None:
    """Tell every open page something that is not about a job; nobody is told again later."""
    _send(NOTICES, {"type": type, "data": data})


def _send(channel: str, event: Event, revision: int = 0, job_id: str = "") -> None:
    text = json.dumps(event)
    try:
        # In a process that only works nobody listens, and asking costs as much as an item.
        if get_listener_manager().listeners_by_channel:
            send_event(channel, event["type"], text, json_encode=False)
        relay.send(channel, event["type"], text, revision=revision, job_id=job_id)
    # Sending is a courtesy: the stream finds in the database what it was not told.
    except (DatabaseError, OSError, RuntimeError):
        logger.exception("event not sent channel=%s", channel)


class ChannelManager(ChannelManagerBase):  # type: ignore[misc]
    """Who may read what through django-eventstream's own views: nobody; ours is jobs.stream."""

    def get_channels_for_request(self, request: Any, view_kwargs: dict[str, Any]) -> set[str]:
        return set()

    def can_read_channel(self, user: Any, channel: str) -> bool:
        return False

    def is_channel_reliable(self, channel: str) -> bool:
        return channel == JOBS
