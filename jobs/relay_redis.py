"""Events between processes by Redis. While it is away they are dropped."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable

import redis
import redis.asyncio
from django.conf import settings

from jobs.relay import RETRY_SECONDS, SENDER, Message

logger = logging.getLogger(__name__)

CHANNEL = f"{settings.REDIS_PREFIX}:events"
SOCKET_SECONDS = 2
QUIET_SECONDS = 3
"""After so long a silence Redis is asked whether it is there; after another, it is away."""


class Redis:
    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url, socket_timeout=SOCKET_SECONDS, socket_connect_timeout=SOCKET_SECONDS
        )

    def publish(self, messages: list[str]) -> None:
        try:
            with self._client.pipeline(transaction=False) as pipe:
                for message in messages:
                    pipe.publish(CHANNEL, message)
                pipe.execute()
        except redis.RedisError as error:
            raise OSError(f"Redis is away: {error}") from error


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
            message = Message(*json.loads(data))
            if message.sender != SENDER:
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
