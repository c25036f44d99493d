"""Counting in the cache what must not happen too often: over all servers where they share Redis.

A cache that does not answer counts nothing: the site goes on without its limits, and does not ask
again for a while, so that no call waits for it.
"""

import logging
import time
from contextlib import suppress

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

REST_SECONDS = 10

_rests_until = 0.0


def count(key: str, *, seconds: int) -> int:
    """How often in this span, now included; 0 where that cannot be told."""
    if _rests():
        return 0
    try:
        cache.add(key, 0, seconds)
        return int(cache.incr(key))
    except ValueError:
        return 1  # Its time was over in between.
    except (RedisError, OSError):
        _rest()
        return 0


def counted(key: str) -> int:
    if not _rests():
        with suppress(RedisError, OSError):
            return int(cache.get(key, 0))
        _rest()
    return 0


def _rests() -> bool:
    return time.monotonic() < _rests_until


def _rest() -> None:
    global _rests_until
    _rests_until = time.monotonic() + REST_SECONDS
    logger.warning("limits are off seconds=%d: Redis does not answer", REST_SECONDS)
