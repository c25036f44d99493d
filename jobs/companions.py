"""What runs beside a worker's work as long as it lives: the companions that apps registered."""

import logging
import threading

from django.db import connection

from jobs import duties, operations
from jobs.operations import Companion

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 10
STOP_SECONDS = 5
"""How long a stop waits for one that does not look whether it must."""


class Companions:
    """Their host, as they see it (`jobs.operations.Station`)."""

    def __init__(self, node: str) -> None:
        self.stopping = threading.Event()
        self._node = node
        self._threads = [
            threading.Thread(target=self._run, args=[each], name=each.__name__, daemon=True)
            for each in operations.companions
        ]

    def has(self, duty: str) -> bool:
        return duties.take(duty, self._node)

    def let_go(self, duty: str) -> None:
        duties.let_go(duty, self._node)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def begin_stop(self) -> None:
        """Returns at once."""
        self.stopping.set()

    def stop(self) -> None:
        self.begin_stop()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(STOP_SECONDS)

    def _run(self, companion: Companion) -> None:
        while not self.stopping.is_set():
            try:
                companion(self)
            # Whatever it stumbles over may be gone in a moment; the worker's work goes on.
            except Exception:
                logger.exception("companion failed companion=%s", companion.__name__)
            connection.close()
            self.stopping.wait(AGAIN_SECONDS)
