"""Events for the hubs of other processes: through the link of a server's two, and through Redis
where it is configured.

Nothing hangs on it: what does not arrive, the hub reads from the log. So sending never waits, and
what nobody takes is dropped, and nobody notices for longer than a moment.
"""

import json
import logging
import os
import secrets
import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

from django.conf import settings

logger = logging.getLogger(__name__)

MAX_UNSENT = 10_000
BATCH = 500
RETRY_SECONDS = 0.5

SENDER = f"{os.getpid()}-{secrets.token_hex(4)}"
"""This server, or this worker: the processes of a server hear of each other without Redis."""


class Message(NamedTuple):
    sender: str
    channel: str
    type: str
    text: str
    """The event's data as JSON."""
    revision: int
    """0 for an event that is not about a job."""
    job_id: str


class Span(NamedTuple):
    """Revisions that a process has taken, and whose events it will send after the commit."""

    first: int
    last: int

    def has(self, revision: int) -> bool:
        return self.first <= revision <= self.last


class Way(Protocol):
    def publish(self, messages: list[str]) -> None:
        """Raises OSError where nobody takes them."""


class Publisher:
    """Sends from a thread of its own, in order."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._unsent: deque[str] = deque(maxlen=MAX_UNSENT)
        self._news = threading.Event()
        threading.Thread(target=self._run, name="relay", daemon=True).start()

    def put(self, message: str) -> None:
        self._unsent.append(message)
        self._news.set()

    def _run(self) -> None:
        while self._news.wait():
            self._news.clear()
            while self._unsent:
                self._publish(
                    [self._unsent.popleft() for _ in range(min(BATCH, len(self._unsent)))]
                )

    def _publish(self, messages: list[str]) -> None:
        try:
            self._way.publish(messages)
        except OSError as error:
            logger.warning("nobody takes events, dropped=%d error=%s", len(messages), error)
            threading.Event().wait(RETRY_SECONDS)


publishers: list[Publisher] = []
promises: list[Callable[[Span], None]] = []
_making = threading.Lock()
_knows_redis = False


def send(channel: str, type: str, text: str, *, revision: int = 0, job_id: str = "") -> None:
    """Tell the other processes; returns at once. Does nothing where there are none."""
    _use_redis()
    if publishers:
        message = json.dumps(Message(SENDER, channel, type, text, revision, job_id))
        for publisher in publishers:
            publisher.put(message)


def promise(span: Span) -> None:
    """Say before the commit that the events of these revisions will come."""
    for each in promises:
        each(span)


def _use_redis() -> None:
    global _knows_redis
    if _knows_redis or not settings.REDIS_URL:
        return
    from jobs.relay_redis import Redis

    with _making:
        if not _knows_redis:
            publishers.append(Publisher(Redis(settings.REDIS_URL)))
            _knows_redis = True
