"""Sign-in attempts: after a few wrong ones an address has to wait."""

from django.core.cache import cache
from django.http import HttpRequest

ATTEMPTS = 8
"""Of one address with one name."""
ATTEMPTS_OF_ADDRESS = 50
"""With whatever names."""
WAIT_SECONDS = 10 * 60


def _limits(request: HttpRequest, username: str) -> dict[str, int]:
    """The counters that an attempt is counted by, with their limits.

    Of both: behind a proxy all people have one address, and one who guesses must not lock out
    the one who knows at the first name.
    """
    address = f"sign-in:{request.META.get('REMOTE_ADDR', '')}"
    name = username.casefold().encode().hex()[:120]
    return {f"{address}:{name}": ATTEMPTS, f"{address}:": ATTEMPTS_OF_ADDRESS}


def must_wait(request: HttpRequest, username: str) -> bool:
    limits = _limits(request, username)
    return any(cache.get(key, 0) >= limit for key, limit in limits.items())


def note_failure(request: HttpRequest, username: str) -> None:
    for key in _limits(request, username):
        cache.add(key, 0, WAIT_SECONDS)
        cache.incr(key)


def forget(request: HttpRequest, username: str) -> None:
    cache.delete_many(_limits(request, username))
