"""One writer per worker process: results of all its threads, committed in groups.

SQLite's busy wait is unfair: many small writers make each other and the pages wait. One writer
that commits at once when it is idle, and takes all that came meanwhile when it is not, keeps
both quick.
"""

import logging
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from django.db import DatabaseError, connection

from jobs import ledger
from jobs.ledger import Done

logger = logging.getLogger(__name__)

GROUP = 200
PACE_SECONDS = 0.02
"""At most one commit in this time: the first result is written at once, the next in groups."""
RETRY_SECONDS = 0.5


class Recorder:
    def __init__(self, on_recorded: Callable[[list[Done]], None] = lambda group: None) -> None:
        self._on_recorded = on_recorded
        self._queue: SimpleQueue[Done | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._is_stopping = False

    def start(self) -> None:
        self._thread.start()

    def put(self, done: Done) -> None:
        self._queue.put(done)

    def stop(self) -> None:
        """Record all that was put, then end. What the database does not take now is done anew."""
        self._is_stopping = True
        self._queue.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        next_commit = 0.0
        while (first := self._queue.get()) is not None:
            time.sleep(max(0.0, next_commit - time.monotonic()))
            group, more = self._take(first)
            next_commit = time.monotonic() + PACE_SECONDS
            self._commit(group)
            if not more:
                break
        connection.close()

    def _take(self, first: Done) -> tuple[list[Done], bool]:
        group = [first]
        while len(group) < GROUP:
            try:
                done = self._queue.get_nowait()
            except Empty:
                break
            if done is None:
                return group, False
            group.append(done)
        return group, True

    def _commit(self, group: list[Done]) -> None:
        """The work is done and must not be forgotten: try until the database takes it."""
        while True:
            try:
                ledger.record(group)
            except DatabaseError:
                logger.exception("results not recorded yet items=%d", len(group))
                connection.close()
                if self._is_stopping:
                    return
                time.sleep(RETRY_SECONDS)
            else:
                self._on_recorded(group)
                return
