"""Wrong passwords and wrong tokens of one address, whatever names it tries.

django-axes counts the attempts at one name. This is for those who try many.
"""

from contextlib import suppress

from django.core.cache import cache

FAILURES = 50
WAIT_SECONDS = 10 * 60


def _counter(kind: str, address: str) -> str:
    return f"wrong-{kind}:{address}"


def must_wait(kind: str, address: str) -> bool:
    return bool(cache.get(_counter(kind, address), 0) >= FAILURES)


def note_failure(kind: str, address: str) -> None:
    counter = _counter(kind, address)
    cache.add(counter, 0, WAIT_SECONDS)
    with suppress(ValueError):  # Its time is over since then.
        cache.incr(counter)
