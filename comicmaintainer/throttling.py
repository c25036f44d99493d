"""Sign-in attempts: after a few wrong ones an address has to wait."""

from django.core.cache import cache
from django.http import HttpRequest

ATTEMPTS = 8
WAIT_SECONDS = 10 * 60


def key(request: HttpRequest, username: str) -> str:
    # Of both: behind a proxy all people have one address, and one who guesses must not lock
    # out the one who knows.
    name = username.casefold().encode().hex()[:120]
    return f"sign-in:{request.META.get('REMOTE_ADDR', '')}:{name}"


def must_wait(request: HttpRequest, username: str) -> bool:
    return bool(cache.get(key(request, username), 0) >= ATTEMPTS)


def note_failure(request: HttpRequest, username: str) -> None:
    name = key(request, username)
    cache.add(name, 0, WAIT_SECONDS)
    cache.incr(name)


def forget(request: HttpRequest, username: str) -> None:
    cache.delete(key(request, username))
