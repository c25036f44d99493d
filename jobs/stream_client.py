"""One open stream: the state of what it asked for first, then what is new."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any

from jobs.hub import CHUNK_BYTES, NOTICES_LOST, Chunk, Entry, Hub, encode, entry_of_job
from jobs.models import Job, Revision
from jobs.stream_request import Request, Scope

PAUSE_SECONDS = 13
"""After it a silence is broken, at the hub's next pulse."""
SIGNED_OUT = json.dumps({"condition": "forbidden", "text": "You have been signed out."})
LAG_TURNS = 10
"""A client that lets us wait while others are told so many times gets only the newest state of
each job next. No clock is asked: a server that was kept from running is not the client's fault."""
SNAPSHOT_JOBS = 100
"""So many are read and written at a time."""
MAX_AGE_SECONDS = 30 * 60
RETRY_MS = 2000

WRITE_NOW = "comicmaintainer.write_now"
"""An ASGI extension: `write_now(body) -> bool` hands a part of the answer's body to the client at
once, without a turn of the event loop, or takes nothing of it."""

Send = Callable[[dict[str, Any]], Awaitable[None]]
WriteNow = Callable[[bytes], bool]


@dataclass(eq=False)
class Client:
    hub: Hub
    request: Request
    send: Send
    scope: Scope
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Its own task has something to do."""
    is_waiting: bool = False
    """Its own task has nothing to do, so others may write for it."""
    is_over: bool = False
    opened: float = field(default_factory=monotonic)
    written: float = field(default_factory=monotonic)
    cursor: int = 0
    """The sequence number of the next entry it needs."""
    position: int = 0
    known: dict[str, int] = field(default_factory=dict)
    """Revisions that the snapshot was ahead of the entries by."""
    lags: bool = False
    """It does not read as fast as there is something to write."""

    def __post_init__(self) -> None:
        extension = self.scope.get("extensions", {}).get(WRITE_NOW)
        self._write_now: WriteNow = extension or (lambda body: False)

    def end(self) -> None:
        """Its session has ended."""
        self.is_over = True
        self.news.set()

    def wake(self) -> None:
        """Write what is new at once where nothing is in the way: a task of a thousand clients
        each would take several times as long."""
        if not (self.is_waiting and self._write_news()) or self._is_due():
            self.news.set()

    def _write_news(self) -> bool:
        """Whether all of it was written."""
        while self.cursor < self.hub.end:
            try:
                chunk = self._next_chunk()
            except LookupError:
                return False
            text = self._wanted(chunk)
            if text and not self._write_now(text):
                return False
            if text:
                self.written = monotonic()
            self._pass(chunk)
        return True

    def _is_due(self) -> bool:
        """Whether its own task has something else to do."""
        moment = monotonic()
        return moment - self.written >= PAUSE_SECONDS or moment - self.opened >= MAX_AGE_SECONDS

    async def open(self) -> None:
        self.cursor, self.position = self.hub.end, self.hub.position
        after, lost = self.request.after, self.request.lost
        if after is not None and after > self.position:
            # The client may have seen more than this process has: ask the counter itself.
            current = await self.hub.read(Revision.current)
            after, lost = (None, True) if after > current else (after, lost)
        head = f"retry: {RETRY_MS}\n\n".encode() + encode("stream-open", "")
        if lost:
            head += encode("stream-reset", json.dumps({"channels": ["jobs"]}))
        await self._snapshot(after, head)

    async def follow(self, gone: "asyncio.Task[None]") -> None:
        """Write what is new, and break every silence, until it ends."""
        while not gone.done() and monotonic() - self.opened < MAX_AGE_SECONDS:
            self.is_waiting = True
            await self.news.wait()
            self.is_waiting = False
            self.news.clear()
            if self.is_over:
                await self._write(encode("stream-error", SIGNED_OUT))
                return
            await self._advance(gone)
            if monotonic() - self.written >= PAUSE_SECONDS:
                await self._write(encode("keep-alive", ""))

    async def _advance(self, gone: "asyncio.Task[None]") -> None:
        """Write what is new, or the newest states where this client has fallen too far behind."""
        while self.cursor < self.hub.end and not gone.done():
            try:
                chunk = self._next_chunk()
            except LookupError:
                after, self.position = self.position, self.hub.position
                self.cursor = self.hub.end
                await self._snapshot(after, NOTICES_LOST)
                return
            if text := self._wanted(chunk):
                await self._write(text)
            self._pass(chunk)

    def _next_chunk(self) -> Chunk:
        """Raises LookupError where it is forgotten."""
        is_far_behind = self.lags or self.hub.end - self.cursor > self.hub.burst
        return (self.hub.newest if is_far_behind else self.hub.chunk)(self.cursor)

    def _wanted(self, chunk: Chunk) -> bytes:
        if not (self.request.job_id or self.known):
            return chunk.text
        return b"".join(entry.text for entry in chunk.entries if self._wants(entry))

    def _wants(self, entry: Entry) -> bool:
        if not entry.revision:
            return True
        if self.request.job_id and entry.job_id != self.request.job_id:
            return False
        return entry.revision > self.known.get(entry.job_id, 0)

    def _pass(self, chunk: Chunk) -> None:
        self.cursor = chunk.stop
        self.position = max(self.position, chunk.position)
        if self.known:
            self.known = {job: rev for job, rev in self.known.items() if rev > self.position}

    async def _write(self, text: bytes) -> None:
        """`send` waits while the client does not read."""
        self.written, turn = monotonic(), self.hub.turns
        for start in range(0, len(text), CHUNK_BYTES):
            piece = text[start : start + CHUNK_BYTES]
            await self.send({"type": "http.response.body", "body": piece, "more_body": True})
        self.lags = self.hub.turns - turn > LAG_TURNS

    async def _snapshot(self, after: int | None, head: bytes) -> None:
        """The jobs asked for as they are now; one that changes meanwhile comes once more."""
        is_fresh = after is None
        while True:
            jobs = await self.hub.read(partial(self._asked_for, after or 0, unfinished=is_fresh))
            ahead = (job for job in jobs if job.revision > self.position)
            self.known |= {str(job.pk): job.revision for job in ahead}
            await self._write(head + b"".join(entry_of_job(job).text for job in jobs))
            if len(jobs) < SNAPSHOT_JOBS:
                break
            head, after = b"", jobs[-1].revision

    def _asked_for(self, after: int, *, unfinished: bool) -> list[Job]:
        """The next of them by revision."""
        jobs = Job.objects.announced().changed_since(after)
        if self.request.job_id:
            jobs = jobs.filter(pk=self.request.job_id)
        elif unfinished:
            jobs = jobs.unfinished()
        return list(jobs[:SNAPSHOT_JOBS])
