"""Work gives way to the requests that the same process is answering: both share one interpreter."""

import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

MOST_SECONDS = 0.03
"""So long work waits at a time, and so long it goes on then: however many ask, and however long an
answer takes, a job has half of the time."""

Message = MutableMapping[str, Any]
App = Callable[..., Awaitable[None]]

_lock = threading.Lock()
_in_progress = 0
_none = threading.Event()
_none.set()


def counted(application: App) -> App:
    """An ASGI application whose requests work gives way to, until their answer begins: after that
    they wait for the client."""

    async def count(scope: Any, receive: Any, send: Any) -> None:
        is_counted = True

        def forget() -> None:
            nonlocal is_counted
            if is_counted:
                is_counted = False
                _change(-1)

        async def noticed(message: Message) -> None:
            forget()
            await send(message)

        _change(1)
        try:
            await application(scope, receive, noticed)
        finally:
            forget()

    return count


class Courtesy:
    """That of one piece of work."""

    def __init__(self) -> None:
        self._goes_on_until = 0.0

    def give_way(self) -> None:
        """Wait until no request is in progress, or for a moment."""
        if _none.is_set() or time.monotonic() < self._goes_on_until:
            return
        _none.wait(MOST_SECONDS)
        self._goes_on_until = time.monotonic() + MOST_SECONDS


def _change(by: int) -> None:
    global _in_progress
    with _lock:
        _in_progress += by
        if _in_progress:
            _none.clear()
        else:
            _none.set()
