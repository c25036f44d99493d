"""GET /api/events/stream: an ASGI application of its own, beside Django.

In a Django view each open stream would hold a thread and a database connection. It expects the
user in `scope["user"]` and checks everything else itself; no exception leaves it, because after
one daphne stops its housekeeping.
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.http.request import split_domain_port, validate_host
from django.utils.timezone import now

from jobs.hub import BURST, Entry, Hub, encode, entry_of_job, joined
from jobs.models import Job, JobQuerySet, Revision

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 13
"""After it a silence is broken, and the session looked at, at the hub's next pulse."""
SIGNED_OUT = json.dumps({"condition": "forbidden", "text": "You have been signed out."})
PIECE_BYTES = 2**16
"""`send` waits between two pieces while the client does not read: so much it holds for it."""
LAG_TURNS = 10
"""A client that lets us wait while others are told so many times gets only the newest state of
each job next. No clock is asked: a server that was kept from running is not the client's fault."""
MAX_AGE_SECONDS = 30 * 60
MAX_STREAMS_PER_USER = 50
RETRY_MS = 2000

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
    (b"content-encoding", b"identity"),
    (b"x-content-type-options", b"nosniff"),
]

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Refused(Exception):
    """The request gets this answer instead of a stream."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True)
class Request:
    after: int | None
    """The client's position, None without one."""
    job_id: str
    """The only job asked for; "" for all."""
    lost: bool
    """The position given was none of ours."""


def parse(scope: Scope) -> Request:
    """Raises Refused."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    given = headers.get(b"last-event-id") or query.get("lastEventId", [""])[-1]
    channel, _, number = given.partition(":")
    valid = channel == "jobs" and number.isascii() and number.isdecimal() and len(number) < 19
    job_id = query.get("job", [""])[-1]
    try:
        job_id = job_id and str(UUID(job_id))
    except ValueError:
        raise Refused(400, "job must be a job's id.") from None
    return Request(int(number) if valid else None, job_id, lost=bool(given) and not valid)


def check_request(scope: Scope) -> None:
    """Raises Refused."""
    if scope["method"] != "GET":
        raise Refused(405, "Only GET is allowed here.")
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    if not validate_host(split_domain_port(hosts[0] if hosts else "")[0], settings.ALLOWED_HOSTS):
        raise Refused(400, "This host name is not allowed. See ALLOWED_HOSTS.")
    user = scope.get("user")
    if user is None or not user.is_authenticated or not user.is_active:
        raise Refused(401, "Sign in, or send an API token.")


@dataclass(eq=False)
class Client:
    """One open stream: the state of what it asked for first, then what is new."""

    hub: Hub
    request: Request
    send: Send
    session_key: str
    news: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False
    """Its session has ended."""
    written: float = field(default_factory=monotonic)
    cursor: int = 0
    """The sequence number of the next entry it needs."""
    position: int = 0
    known: dict[str, int] = field(default_factory=dict)
    """Revisions that the snapshot was ahead of the entries by."""
    lags: bool = False
    """It does not read as fast as there is something to write."""

    async def write(self, chunk: bytes) -> None:
        self.written, turn = monotonic(), self.hub.turns
        for start in range(0, len(chunk), PIECE_BYTES):
            piece = chunk[start : start + PIECE_BYTES]
            await self.send({"type": "http.response.body", "body": piece, "more_body": True})
        self.lags = self.hub.turns - turn > LAG_TURNS

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

    async def advance(self) -> None:
        """Write what is new, or the newest states where this client has fallen too far behind."""
        number, position = self.hub.end, self.hub.position
        try:
            if self.request.job_id or self.known or self.lags:
                wanted = [e for e in self.hub.since(self.cursor) if self._wants(e)]
                chunk = joined(wanted, burst=1 if self.lags else BURST)
            else:
                chunk = self.hub.chunk_since(self.cursor)
        except LookupError:
            after, self.position = self.position, position
            self.cursor = number
            await self._snapshot(after, encode("stream-reset", '{"channels": ["notices"]}'))
            return
        self.cursor, self.position = number, position
        if chunk:
            await self.write(chunk)
        self.known = {job: rev for job, rev in self.known.items() if rev > position}

    def _wants(self, entry: Entry) -> bool:
        if not entry.revision:
            return True
        if self.request.job_id and entry.job_id != self.request.job_id:
            return False
        return entry.revision > self.known.get(entry.job_id, 0)

    async def _snapshot(self, after: int | None, head: bytes) -> None:
        jobs = await self.hub.read(lambda: list(self._asked_for(after)))
        self.known = {str(job.pk): job.revision for job in jobs}
        await self.write(head + joined([entry_of_job(job) for job in jobs]))

    def _asked_for(self, after: int | None) -> JobQuerySet:
        jobs = Job.objects.announced().order_by("revision")
        if self.request.job_id:
            jobs = jobs.filter(pk=self.request.job_id)
        elif after is None:
            jobs = jobs.unfinished()
        return jobs.changed_since(after or 0)


class EventStream:
    """The ASGI application. `close` ends all streams, for a server that stops."""

    def __init__(self) -> None:
        self._hub: Hub | None = None
        self._streams: Counter[Any] = Counter()
        self._clients: dict[Client, asyncio.Task[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            check_request(scope)
            request = parse(scope)
            user = scope["user"].pk
            if self._streams[user] >= MAX_STREAMS_PER_USER:
                raise Refused(429, "Too many live pages are open. Close some of them.")
        except Refused as refused:
            await _refuse(send, refused)
            return
        self._streams[user] += 1
        try:
            await self._serve(scope, request, receive, send)
        except (DatabaseError, OSError):
            logger.exception("stream ended user=%s", user)
            with suppress(OSError):
                await send({"type": "http.response.body", "body": b""})
        finally:
            self._streams[user] -= 1

    @property
    def open(self) -> int:
        """How many streams are open in this process."""
        return len(self._clients)

    def close(self) -> None:
        for gone in tuple(self._clients.values()):
            gone.cancel()

    def sign_out(self, key: str) -> None:
        """End the streams of a session. May be called from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._sign_out, key)

    def _sign_out(self, key: str) -> None:
        for client in self._clients:
            if key and client.session_key == key:
                client.is_over = True
                client.news.set()

    async def _serve(self, scope: Scope, request: Request, receive: Receive, send: Send) -> None:
        if self._hub is None:
            self._hub = Hub()
            self._loop = asyncio.get_running_loop()
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        client = Client(self._hub, request, send, session_key(scope))
        gone = asyncio.create_task(_disconnected(receive))
        gone.add_done_callback(lambda _: client.news.set())
        self._clients[client] = gone
        await self._hub.join(client.news.set)
        try:
            await client.open()
            await self._follow(client, scope, gone)
        finally:
            self._hub.leave(client.news.set)
            self._clients.pop(client, None)
            gone.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _follow(self, client: Client, scope: Scope, gone: asyncio.Task[None]) -> None:
        """Write what is new, break every silence, and look whether the session still stands."""
        opened = checked = monotonic()
        while not gone.done() and monotonic() - opened < MAX_AGE_SECONDS:
            await client.news.wait()
            client.news.clear()
            if client.is_over or monotonic() - checked >= PAUSE_SECONDS:
                checked = monotonic()
                if client.is_over or not await client.hub.read(lambda: may_go_on(scope)):
                    await client.write(encode("stream-error", SIGNED_OUT))
                    return
            if not gone.done():
                await client.advance()
            if monotonic() - client.written >= PAUSE_SECONDS:
                await client.write(encode("keep-alive", ""))


def session_key(scope: Scope) -> str:
    return getattr(scope.get("session"), "session_key", None) or ""


def may_go_on(scope: Scope) -> bool:
    """Whether the session, or the token, still stands and the user is still active."""
    if "token_stands" in scope and not scope["token_stands"]():
        return False
    key = session_key(scope)
    if key and not Session.objects.filter(pk=key, expire_date__gt=now()).exists():
        return False
    return get_user_model().objects.filter(pk=scope["user"].pk, is_active=True).exists()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, refused: Refused) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    body = json.dumps({"detail": str(refused)}).encode()
    await send({"type": "http.response.body", "body": body})


stream = EventStream()
