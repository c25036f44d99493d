"""Events between processes by Redis, where it is configured.

Nothing hangs on it: what it does not bring, the hub reads from the log. So sending never waits
for Redis, and while Redis is away events are dropped here and nobody notices for longer than a
moment.
"""

import asyncio
import json
import logging
import os
import secrets
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import NotRequired, TypedDict

import redis
import redis.asyncio
from django.conf import settings

logger = logging.getLogger(__name__)

CHANNEL = f"{settings.REDIS_PREFIX}:events"
MAX_UNSENT = 10_000
RETRY_SECONDS = 0.5
BATCH = 500
SOCKET_SECONDS = 2
QUIET_SECONDS = 3
"""After so long a silence Redis is asked whether it is there; after another, it is away."""

SENDER = f"{os.getpid()}-{secrets.token_hex(4)}"
"""This process; it hears of its own events without Redis."""


class Message(TypedDict):
    sender: NotRequired[str]
    channel: str
    type: str
    text: str
    """The event's data as JSON."""


class Publisher:
    """Sends from a thread of its own, in order."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url, socket_timeout=SOCKET_SECONDS, socket_connect_timeout=SOCKET_SECONDS
        )
        self._unsent: deque[str] = deque(maxlen=MAX_UNSENT)
        self._news = threading.Event()
        threading.Thread(target=self._run, name="relay", daemon=True).start()

    def put(self, message: Message) -> None:
        self._unsent.append(json.dumps({**message, "sender": SENDER}))
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
            with self._client.pipeline(transaction=False) as pipe:
                for message in messages:
                    pipe.publish(CHANNEL, message)
                pipe.execute()
        except redis.RedisError as error:
            logger.warning("Redis is away, events dropped=%d error=%s", len(messages), error)
            threading.Event().wait(RETRY_SECONDS)


_publisher: Publisher | None = None
_making = threading.Lock()


def send(channel: str, type: str, text: str) -> None:
    """Tell the other processes; returns at once. Does nothing where Redis is not configured."""
    global _publisher
    if not settings.REDIS_URL:
        return
    with _making:
        _publisher = _publisher or Publisher(settings.REDIS_URL)
    _publisher.put({"channel": channel, "type": type, "text": text})


async def receive(take: Callable[[Message], None], tried: asyncio.Event) -> None:
    """Hand over what other processes send, for ever; connects again whenever Redis comes back.

    Sets `tried` when it hears them, or knows that Redis is away.
    """
    while True:
        try:
            await _listen(take, tried)
        except (redis.RedisError, OSError) as error:
            tried.set()
            logger.warning("Redis is away, its events are read from the log error=%s", error)
            await asyncio.sleep(RETRY_SECONDS)


async def _listen(take: Callable[[Message], None], subscribed: asyncio.Event) -> None:
    client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=SOCKET_SECONDS)
    async with client, client.pubsub() as pubsub:
        await pubsub.subscribe(CHANNEL)
        subscribed.set()
        async for data in _messages(pubsub):
            message: Message = json.loads(data)
            if message.get("sender") != SENDER:
                take(message)


async def _messages(pubsub: redis.asyncio.client.PubSub) -> AsyncIterator[bytes]:
    """Raises redis.TimeoutError where Redis is silent: a dead machine closes no connection."""
    asked = False
    while True:
        raw = await pubsub.get_message(timeout=QUIET_SECONDS)
        if raw is None and asked:
            raise redis.TimeoutError("no answer")
        if raw is None:
            await pubsub.ping()
        elif raw["type"] == "message":
            yield raw["data"]
        asked = raw is None
