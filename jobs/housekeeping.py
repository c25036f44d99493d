"""What a worker host does about once an hour, beside its work: the chores that apps registered."""

import logging
import threading
from contextlib import suppress

from django.db import connection

from jobs import operations
from jobs.operations import Abandoned, Chore

logger = logging.getLogger(__name__)

FIRST_SECONDS = 300
"""After the start, when the jobs of before are going on and somebody may be looking."""
INTERVAL_SECONDS = 3600
STOP_SECONDS = 5
"""How long a stop waits for a chore that does not look whether it must."""


class Housekeeper:
    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def begin_stop(self) -> None:
        """Give up what is being done; returns at once."""
        self._stopping.set()

    def stop(self) -> None:
        self.begin_stop()
        if self._thread.ident is not None:
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        pause = FIRST_SECONDS
        while not self._stopping.wait(pause):
            with suppress(Abandoned):
                for chore in operations.chores:
                    self._do(chore)
            connection.close()  # none is kept for an hour
            pause = INTERVAL_SECONDS

    def _do(self, chore: Chore) -> None:
        try:
            chore(self._check)
        except Abandoned:
            raise
        # One chore's trouble is no reason to leave out the others; in an hour it is tried again.
        except Exception:
            logger.exception("chore failed chore=%s", chore.__qualname__)
            connection.close()

    def _check(self) -> None:
        if self._stopping.is_set():
            raise Abandoned
