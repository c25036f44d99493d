"""GET /api/events/stream: an ASGI application of its own, beside Django.

In a Django view each open stream would hold a thread and a database connection. It expects the
user in `scope["user"]` and checks everything else itself; no exception leaves it, because after
one daphne stops its housekeeping.
"""

import asyncio
import json
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from functools import partial
from typing import Any

from django.db import DatabaseError

from jobs.hub import Hub
from jobs.link import Link
from jobs.stream_client import Client, Send
from jobs.stream_request import (
    Refused,
    Request,
    Scope,
    check_request,
    may_go_on,
    parse,
    session_key,
    session_of,
)

logger = logging.getLogger(__name__)

SESSION_SECONDS = 13
"""So often it is looked up whether sessions still stand."""
MAX_STREAMS_PER_USER = 50
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
    (b"content-encoding", b"identity"),
    (b"x-content-type-options", b"nosniff"),
]

Receive = Callable[[], Awaitable[dict[str, Any]]]


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

    def begin(self, link: Link | None = None) -> Hub:
        """In the event loop, once: at the first stream, or before it by a server that has a worker
        at the other end of a link."""
        if self._hub is None:
            self._hub = Hub(link)
            self._loop = asyncio.get_running_loop()
            self._watch = asyncio.create_task(self._watch_sessions(self._hub))
        return self._hub

    @property
    def open(self) -> int:
        """How many streams are open in this process."""
        return len(self._clients)

    def close(self) -> None:
        for gone in tuple(self._clients.values()):
            gone.cancel()

    def sign_out(self, key: str) -> None:
        """End the streams of a session. May be called from any thread."""
        if self._loop is not None and key:
            self._loop.call_soon_threadsafe(self._sign_out, key)

    def _sign_out(self, key: str) -> None:
        for client in self._clients:
            if session_key(client.scope) == key:
                client.end()

    async def _serve(self, scope: Scope, request: Request, receive: Receive, send: Send) -> None:
        hub = self.begin()
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        client = Client(hub, request, send, scope)
        gone = asyncio.create_task(_disconnected(receive))
        gone.add_done_callback(lambda _: client.news.set())
        self._clients[client] = gone
        await hub.join(client.wake)
        try:
            await client.open()
            await client.follow(gone)
        finally:
            hub.leave(client.wake)
            self._clients.pop(client, None)
            gone.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _watch_sessions(self, hub: Hub) -> None:
        """End the streams of sessions that have ended, each looked up once for all of its own."""
        while True:
            await asyncio.sleep(SESSION_SECONDS)
            sessions: dict[Hashable, list[Client]] = defaultdict(list)
            for client in self._clients:
                sessions[session_of(client.scope)].append(client)
            for clients in sessions.values():
                if not await self._may_go_on(hub, clients[0].scope):
                    for client in clients:
                        client.end()

    async def _may_go_on(self, hub: Hub, scope: Scope) -> bool:
        try:
            return await hub.read(partial(may_go_on, scope))
        except DatabaseError:
            logger.exception("session not looked up")
            return True  # nothing can be read now, and it is looked up again


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, refused: Refused) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    body = json.dumps({"detail": str(refused)}).encode()
    await send({"type": "http.response.body", "body": body})


stream = EventStream()
