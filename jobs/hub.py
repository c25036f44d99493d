"""One hub per server process: what happened, kept in order, for all its open streams.

Truth is the log: the Job table with its revisions. Events that arrive here are hints that also
carry the payload. `position` is the highest revision up to which everything is in `recent` or
was read from the log; a gap that this process will not fill itself is read from the log.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from time import monotonic, thread_time
from typing import TypeVar

import django_eventstream.views as eventstream_views
from django.conf import settings
from django.db import connections
from django_eventstream.event import Event as EventstreamEvent
from django_eventstream.views import Listener, get_listener_manager

from jobs import events
from jobs.link import Link
from jobs.models import Job, Revision
from jobs.relay import SENDER, Message, Span

logger = logging.getLogger(__name__)

RELAY_SECONDS = 2
"""How long an event of another process may be on its way, on a busy machine."""
POLL_SECONDS = 0.12
"""How often the counter is read while other processes work: twice this stays under 250 ms."""
IDLE_POLL_SECONDS = 0.2
"""The same while they do not."""
TURN_SECONDS = 0.005
"""Clients are written to at most this often, and for half of the time: many are told less often,
of more at once."""
AT_ONCE = 200
"""So many clients are written to before the event loop does something else, such as a page."""
PULSE_SECONDS = 2
"""Clients are woken this often, also without news: they look whether something else is due."""
KEEP_ENTRIES = 20_000
KEEP_BYTES = 16 * 2**20
BURST = 2000
"""A client with more entries before it gets only the newest of each job: that is what the fastest
job does in a second."""
CROWD_BURST = 200
"""The same while to tell all clients keeps the processor busy for CROWD_SECONDS in one turn."""
CROWD_SECONDS = 0.1
CHUNK_BYTES = 2**16
"""So much is held for a client that does not read."""
KEEP_CHUNKS = 16

# Beyond 10 events that a listener has not taken yet the library drops the rest without a word
# (django_eventstream/views.py, add_to_queues). The hub takes them within milliseconds; should it
# ever be this far behind, it reads the log.
eventstream_views.MAX_PENDING = 10_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    revision: int
    """0 for an event that is not about a job."""
    job_id: str
    text: bytes
    """Ready to be sent."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Entries to be written at once, as few as it takes to reach a size, but one at least."""

    stop: int
    """The sequence number after those that it covers."""
    entries: tuple[Entry, ...]
    text: bytes
    position: int
    """The last revision in it; 0 without any."""

    @classmethod
    def of(cls, numbered: Iterable[tuple[int, Entry]], *, end: int) -> "Chunk":
        """As many of the entries as fit; it covers all up to `end` where that is all of them."""
        taken: list[Entry] = []
        size = 0
        for number, entry in numbered:
            size += len(entry.text)
            if taken and size > CHUNK_BYTES:
                end = number
                break
            taken.append(entry)
        position = max((entry.revision for entry in taken), default=0)
        return cls(end, tuple(taken), b"".join(entry.text for entry in taken), position)


def encode(type: str, data: str, *, revision: int = 0) -> bytes:
    """A server-sent event (HTML Living Standard, section 9.2)."""
    position = f"id: jobs:{revision}\n" if revision else ""
    return f"event: {type}\n{position}data: {data}\n\n".encode()


def entry_of_job(job: Job) -> Entry:
    payload = events.job_updated(events.job_payload(job))
    text = encode("job_updated", json.dumps(payload), revision=job.revision)
    return Entry(job.revision, str(job.pk), text)


NOTICES_LOST = encode("stream-reset", json.dumps({"channels": [events.NOTICES]}))


class Subscription(Listener):  # type: ignore[misc]
    """The hub's place in django-eventstream's registry of listeners."""

    def __init__(self) -> None:
        super().__init__()
        self.channel_items: dict[str, list[EventstreamEvent]] = {}
        self.channels = {events.JOBS, events.NOTICES}
        self.assign_loop()

    def wake_threadsafe(self) -> None:
        # A loop that has ended must not keep the others from hearing of it.
        with suppress(RuntimeError):
            super().wake_threadsafe()

    def take(self) -> list[EventstreamEvent]:
        """All that was sent since the last time."""
        with get_listener_manager().lock:
            queues, self.channel_items = self.channel_items, {}
            self.overflow = False
        return [event for queue in queues.values() for event in queue]


class Hub:
    """Entries have sequence numbers: those of `recent` run from `first` up to `end`."""

    def __init__(self, link: Link | None = None) -> None:
        """`link`: to this server's own worker."""
        self.position = 0
        self.first = 0
        self.turns = 0
        """How many times the clients were told of something."""
        self.burst = BURST
        self._recent: deque[Entry] = deque()
        self._bytes = 0
        self._newest: dict[str, int] = {}
        """The sequence number of each job's newest entry, the last one last."""
        self._waiting: dict[int, Entry] = {}
        self._wakes: set[Callable[[], None]] = set()
        self._chunks: dict[int, Chunk] = {}
        self._polled = 0.0
        self._poll_seconds = IDLE_POLL_SECONDS
        self._subscription = Subscription()
        self._database = ThreadPoolExecutor(1, thread_name_prefix="hub")
        self._joining = asyncio.Lock()
        self._occupied = asyncio.Event()
        get_listener_manager().add_listener(self._subscription)
        self._link = link
        self._promised: list[Span] = []
        self._relayed: list[Message] = []
        self._redis_works = bool(settings.REDIS_URL)
        self._relay_tried = asyncio.Event()
        self._gap = (-1, 0.0)
        """The position after which something is missing, and since when."""
        self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._beat())]
        if link is not None:
            asyncio.get_running_loop().add_reader(link, self._read_link)
        if settings.REDIS_URL:
            from jobs import relay_redis

            receiving = relay_redis.receive(self._take_relayed, self._relay_tried)
            self._tasks.append(asyncio.create_task(receiving))
        else:
            self._relay_tried.set()

    @property
    def end(self) -> int:
        """The sequence number that the next entry will get."""
        return self.first + len(self._recent)

    async def join(self, wake: Callable[[], None]) -> None:
        """Have `wake` called whenever there are new entries, until `leave`."""
        async with self._joining:
            if not self._wakes:
                # Nobody listened: nothing was kept up. Entries up to here are not needed.
                await self._relay_tried.wait()
                self._subscription.take()
                self.position = await self.read(Revision.current)
                self._collect()
                self._forget_waiting()
            self._wakes.add(wake)
            self._occupied.set()

    def leave(self, wake: Callable[[], None]) -> None:
        self._wakes.discard(wake)
        if not self._wakes:
            self._occupied.clear()
            self._database.submit(connections.close_all)

    def chunk(self, number: int) -> Chunk:
        """What follows from a sequence number on; made once for all the clients that are as far.

        Raises LookupError where it is forgotten.
        """
        if number < self.first:
            raise LookupError(number)
        if (known := self._chunks.get(number)) is not None:
            return known
        if len(self._chunks) >= KEEP_CHUNKS:
            self._chunks.clear()
        numbers = range(number, self.end)
        chunk = Chunk.of(((n, self._recent[n - self.first]) for n in numbers), end=self.end)
        self._chunks[number] = chunk
        return chunk

    def newest(self, number: int) -> Chunk:
        """The same with only the newest entry of each job, and word that notices were left out."""
        if number < self.first:
            raise LookupError(number)
        numbers = list(takewhile(lambda n: n >= number, reversed(self._newest.values())))
        entries = ((n, self._recent[n - self.first]) for n in reversed(numbers))
        lost = Entry(0, "", NOTICES_LOST)
        numbered = ((n, entry if entry.revision else lost) for n, entry in entries)
        return Chunk.of(numbered, end=self.end)

    async def read(self, query: Callable[[], T]) -> T:
        """Run a query on the hub's own database connection."""
        return await asyncio.get_running_loop().run_in_executor(self._database, query)

    async def _run(self) -> None:
        while True:
            await self._occupied.wait()
            try:
                await self._turn()
            # The hub must outlive whatever happens: without it no page hears of anything.
            except Exception:
                logger.exception("the hub missed a turn")
                await self.read(connections.close_all)
                await asyncio.sleep(1)

    async def _turn(self) -> None:
        before = self.end
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll_seconds):
                await self._subscription.aevent.wait()
        self._subscription.aevent.clear()
        self._collect()
        if monotonic() - self._polled >= self._poll_seconds:
            found = await self._fill_gap()
            self._poll_seconds = POLL_SECONDS if found else IDLE_POLL_SECONDS
            self._polled = monotonic()
        if self.end > before:
            self.turns += 1
            began, worked = monotonic(), thread_time()
            await self._wake_all()
            # Not by the clock: a server that was kept from running has no crowd.
            is_crowd = thread_time() - worked > CROWD_SECONDS
            self.burst = CROWD_BURST if is_crowd else BURST
            await asyncio.sleep(max(TURN_SECONDS, monotonic() - began))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            await self._wake_all()

    async def _wake_all(self) -> None:
        for number, wake in enumerate(tuple(self._wakes), 1):
            if wake in self._wakes:
                wake()
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0)  # those write that could not at once

    def _collect(self) -> None:
        """Take what was sent, and advance as far as there is no gap."""
        before = self.position
        for event in self._subscription.take():
            revision = event.id or 0
            job_id = json.loads(event.data)["data"]["job_id"] if revision else ""
            self._take(event.type, event.data, revision, job_id)
        relayed, self._relayed = self._relayed, []
        for message in relayed:
            self._take(message.type, message.text, message.revision, message.job_id)
        while entry := self._waiting.pop(self.position + 1, None):
            self._append(entry)
            self.position = entry.revision
        self._promised = [span for span in self._promised if span.last > self.position]
        if any(before < m.revision <= self.position and m.sender != SENDER for m in relayed):
            self._redis_works = True

    def _take(self, type: str, text: str, revision: int, job_id: str) -> None:
        if not revision:
            self._append(Entry(0, "", encode(type, text)))
        elif revision > self.position:
            self._waiting[revision] = Entry(revision, job_id, encode(type, text, revision=revision))

    def _read_link(self) -> bool:
        """Whether there may be more."""
        return self._link is not None and self._link.read(self._take_relayed, self._take_promise)

    @property
    def _is_wanted(self) -> bool:
        """Whether anybody listens, or is about to."""
        return bool(self._wakes) or self._joining.locked()

    def _take_promise(self, span: Span) -> None:
        if self._is_wanted:
            self._promised.append(span)

    def _take_relayed(self, message: Message) -> None:
        if self._is_wanted and len(self._relayed) < eventstream_views.MAX_PENDING:
            self._relayed.append(message)
            self._subscription.aevent.set()

    async def _fill_gap(self) -> bool:
        """Read from the log what other processes did, or what a failed send left out; whether
        there was any of it."""
        current = await self.read(Revision.current)
        ours = events.will_be_sent(self.position + 1)
        while self._read_link():  # all that was there: who saw the counter has to see the promise
            await asyncio.sleep(0)
        self._collect()
        if ours or current <= self.position or self._may_be_relayed():
            return False
        self._redis_works = False
        self._promised = [span for span in self._promised if not span.has(self.position + 1)]
        after = self.position
        jobs = await self.read(
            lambda: list(Job.objects.changed_since(after).filter(revision__lte=current))
        )
        found = {job.revision: entry_of_job(job) for job in jobs}
        found |= {r: entry for r, entry in self._waiting.items() if r <= current}
        for revision in sorted(found):
            self._waiting.pop(revision, None)
            self._append(found[revision])
        self.position = current
        self._forget_waiting()
        return True

    def _may_be_relayed(self) -> bool:
        """Whether what is missing may be on its way: where our worker has promised it, and with
        Redis where the last such wait was not in vain."""
        if self._gap[0] != self.position:
            self._gap = (self.position, monotonic())
        is_promised = any(span.has(self.position + 1) for span in self._promised)
        return (is_promised or self._redis_works) and monotonic() - self._gap[1] < RELAY_SECONDS

    def _forget_waiting(self) -> None:
        """What came after it was read from the log is old."""
        self._waiting = {r: entry for r, entry in self._waiting.items() if r > self.position}

    def _append(self, entry: Entry) -> None:
        self._newest.pop(entry.job_id, None)
        self._newest[entry.job_id] = self.end
        self._recent.append(entry)
        self._bytes += len(entry.text)
        self._chunks.clear()
        while len(self._recent) > KEEP_ENTRIES or self._bytes > KEEP_BYTES:
            self._forget_first()

    def _forget_first(self) -> None:
        entry = self._recent.popleft()
        self._bytes -= len(entry.text)
        if self._newest[entry.job_id] == self.first:
            del self._newest[entry.job_id]
        self.first += 1
