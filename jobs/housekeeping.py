"""What a worker host does beside its work: the hourly chores and the ticks that apps registered."""

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress

from django.db import connection

from jobs import operations
from jobs.operations import Abandoned, Chore

logger = logging.getLogger(__name__)

FIRST_SECONDS = 300
"""After the start, when the jobs of before are going on and somebody may be looking."""
INTERVAL_SECONDS = 3600
TICK_SECONDS = 3
KEEP_SECONDS = 60
"""For a pause of this time the database connection is kept: a new one costs more than a look."""
STOP_SECONDS = 5
"""How long a stop waits for a chore that does not look whether it must."""


class Housekeeper:
    """Chores that are done one after the other, again and again, in a thread."""

    def __init__(self, name: str, chores: Sequence[Chore], *, first: float, pause: float) -> None:
        self._chores = chores
        self._first, self._pause = first, pause
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

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
        pause = self._first
        while not self._stopping.wait(pause):
            with suppress(Abandoned):
                for chore in self._chores:
                    self._do(chore)
            pause = self._pause
            if pause > KEEP_SECONDS:
                connection.close()
        connection.close()

    def _do(self, chore: Chore) -> None:
        try:
            chore(self._check)
        except Abandoned:
            raise
        # One chore's trouble is no reason to leave out the others; it is tried again.
        except Exception:
            logger.exception("chore failed chore=%s", chore.__qualname__)
            connection.close()

    def _check(self) -> None:
        if self._stopping.is_set():
            raise Abandoned


def housekeepers() -> list[Housekeeper]:
    """One for the hourly chores and one for each tick, which thus waits for no other."""
    hourly = Housekeeper(
        "housekeeping", operations.chores, first=FIRST_SECONDS, pause=INTERVAL_SECONDS
    )
    ticking = [
        Housekeeper(f"tick-{tick.__name__}", [tick], first=0, pause=TICK_SECONDS)
        for tick in operations.ticks
    ]
    return [hourly, *ticking]
