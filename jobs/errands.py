"""Short calls into child processes that somebody waits for in a web request.

They have children of their own, because a web server may have no worker, and a worker's are busy
for as long as an item takes.
"""

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from jobs.operations import child_modules
from jobs.pool import Slot

CHILDREN = 2
MOST_WAITING = 64
WAIT_SECONDS = 20
IDLE_SECONDS = 120
"""Then a child ends, and with it the memory that it has."""


class Busy(Exception):
    """Too many wait already, or this one has waited for too long: ask again in a moment."""


@dataclass(frozen=True)
class _Errand:
    function: str
    args: tuple[Any, ...]
    timeout_seconds: float
    answer: Future[Any] = field(default_factory=Future)

    def do(self, slot: Slot) -> None:
        if not self.answer.set_running_or_notify_cancel():
            return  # nobody waits any more
        try:
            self.answer.set_result(
                slot.call(self.function, self.args, timeout_seconds=self.timeout_seconds)
            )
        # Whatever went wrong is for the one who waits, and no reason for the thread to end.
        except Exception as error:  # noqa: BLE001
            self.answer.set_exception(error)


class Errands:
    """A few threads with a child each, made when they are needed."""

    def __init__(self, *, children: int = CHILDREN, idle_seconds: float = IDLE_SECONDS) -> None:
        self._most = children
        self._idle_seconds = idle_seconds
        self._waiting: deque[_Errand] = deque()
        self._changed = threading.Condition()
        self._threads = self._idle = 0

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def run(
        self, function: str, *args: Any, timeout_seconds: float, wait_seconds: float = WAIT_SECONDS
    ) -> Any:
        """Call `function` ("package.module:name") in a child, as soon as one is free.

        Raises what it raises; ItemError where the child died, hung or ran out of memory over it;
        Busy.
        """
        errand = _Errand(function, args, timeout_seconds)
        self._take(errand)
        try:
            return errand.answer.result(wait_seconds)
        except TimeoutError:
            if errand.answer.done() and not errand.answer.cancelled():
                raise  # the function's own
            errand.answer.cancel()
            raise Busy from None

    def _take(self, errand: _Errand) -> None:
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                raise Busy
            self._waiting.append(errand)
            if self._idle < len(self._waiting) and self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._work, name="errands", daemon=True).start()
            self._changed.notify()

    def _work(self) -> None:
        slot = Slot(child_modules())
        while errand := self._next():
            errand.do(slot)
        slot.end_children()

    def _next(self) -> _Errand | None:
        """None where none came for a while; the thread is no longer counted then."""
        with self._changed:
            self._idle += 1
            came = self._changed.wait_for(lambda: bool(self._waiting), self._idle_seconds)
            self._idle -= 1
            if came:
                return self._waiting.popleft()
            self._threads -= 1
            return None


_of_this_process = Errands()
run = _of_this_process.run
