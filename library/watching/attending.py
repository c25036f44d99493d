"""The companion of each worker that watches those libraries which no other one does."""

import logging
import threading
from contextlib import suppress

from django.db import DatabaseError, connection

from jobs.operations import Station
from library.models import Library
from library.watching import state
from library.watching.state import OFF, duty
from library.watching.watcher import Pace, Watcher

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1
STOP_SECONDS = 3
"""How long a stop waits for a file system that does not answer."""


class Attended:
    """A watcher in a thread of its own: one disk that hangs holds up no other."""

    def __init__(self, library: Library, station: Station, pace: Pace) -> None:
        self.path = library.path
        self._stopping = threading.Event()
        name = duty(library.pk)
        watcher = Watcher(library, self._stopping, pace=pace, is_mine=lambda: station.has(name))
        self._thread = threading.Thread(target=watcher.run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def begin_stop(self) -> None:
        self._stopping.set()

    def stop(self) -> None:
        self.begin_stop()
        self._thread.join(STOP_SECONDS)


def attend(station: Station, pace: Pace | None = None) -> None:
    attended: dict[int, Attended] = {}
    try:
        while not station.stopping.is_set():
            try:
                _look(station, attended, pace or Pace.configured())
            except DatabaseError:
                logger.exception("watched libraries not looked up")
                connection.close()
            station.stopping.wait(LOOK_SECONDS)
    finally:
        for each in attended.values():
            each.begin_stop()
        for pk, each in attended.items():
            each.stop()
            with suppress(DatabaseError):
                _say_that_it_ended(pk)


def _look(station: Station, attended: dict[int, Attended], pace: Pace) -> None:
    wanted = Library.objects.exclude(watch=OFF).exclude(scanned_at=None).in_bulk()
    for pk in attended.keys() - wanted.keys():
        attended.pop(pk).stop()
        _say_that_it_ended(pk)
        station.let_go(duty(pk))
    for library in wanted.values():
        _attend_to(library, station, attended, pace)


def _say_that_it_ended(pk: int) -> None:
    if (library := Library.objects.filter(pk=pk).first()) is not None:
        state.tell(library, method="", remark="", problem="")


def _attend_to(
    library: Library, station: Station, attended: dict[int, Attended], pace: Pace
) -> None:
    here = attended.get(library.pk)
    is_mine = station.has(duty(library.pk))
    if here and not (is_mine and here.is_alive and here.path == library.path):
        attended.pop(library.pk).stop()
        here = None
    if is_mine and here is None:
        attended[library.pk] = Attended(library, station, pace)
