"""Work gives way to the requests that the same process is answering: both share one interpreter."""

import threading
from collections.abc import Awaitable, Callable
from typing import Any

MOST_SECONDS = 0.03
"""So long a group of items waits at most: many visitors slow a job down, and never stop it."""

App = Callable[..., Awaitable[None]]

_lock = threading.Lock()
_in_progress = 0
_none = threading.Event()
_none.set()


def counted(application: App) -> App:
    """An ASGI application whose requests work gives way to."""

    async def count(scope: Any, receive: Any, send: Any) -> None:
        _change(1)
        try:
            await application(scope, receive, send)
        finally:
            _change(-1)

    return count


def give_way() -> None:
    """Wait until no request is in progress, or for a moment."""
    _none.wait(MOST_SECONDS)


def _change(by: int) -> None:
    global _in_progress
    with _lock:
        _in_progress += by
        if _in_progress:
            _none.clear()
        else:
            _none.set()
