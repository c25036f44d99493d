"""A worker: consumer threads with a child each, a recorder and a heartbeat, in one process."""

import logging
import secrets
import signal
import threading
from collections.abc import Callable
from contextlib import suppress

from django.db import DatabaseError, connection

from jobs import engine, measures, operations, pool, recovery, runner
from jobs.companions import Companions
from jobs.housekeeping import housekeepers
from jobs.ledger import Done
from jobs.recorder import Recorder
from jobs.runner import Host

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 1
IDLE_HEARTBEAT_SECONDS = 2
"""While there is nothing to work on."""
WAKE_SECONDS = 0.02
"""How often at a stop those are told that wait for a message."""
GRACE_SECONDS = 5
"""What an item in work gets to finish at a stop; then its child is killed and it stays pending."""
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Worker:
    def __init__(self, *, threads: int) -> None:
        self._threads = threads
        self._recorder = Recorder(self._forget)
        self._host = Host(secrets.token_hex(8), self._recorder)
        self._consumers = engine.consumers(workers=threads, on_start=self._warm)
        self._housekeepers = housekeepers()
        self._companions = Companions(self._host.node)
        self._stopped = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> int:
        """Begin to work; how many unfinished jobs of an earlier run go on."""
        continued = recovery.start()
        recovery.register(self._host.node, self._threads)
        runner.host = self._host
        for start_service in operations.services:
            start_service()
        self._recorder.start()
        self._heart.start()
        for housekeeper in self._housekeepers:
            housekeeper.start()
        self._companions.start()
        for consumer in self._consumers:
            consumer.start()
        return continued

    def begin_stop(self) -> None:
        """Take no further item; returns at once."""
        self._host.stopping.set()
        for housekeeper in self._housekeepers:
            housekeeper.begin_stop()
        self._companions.begin_stop()
        for consumer in self._consumers:
            consumer.stop_flag.set()

    def stop(self) -> None:
        """Finish the items in work, or kill them after a grace; record; leave."""
        self.begin_stop()
        killer = threading.Timer(GRACE_SECONDS, self._host.kill_children)
        killer.start()
        for consumer in self._consumers:
            for _, thread in consumer.worker_threads:
                while thread.is_alive():
                    engine.wake(consumer.huey.name)  # it may wait for a message
                    thread.join(WAKE_SECONDS)
        killer.cancel()
        self._host.kill_children()
        self._recorder.stop()
        for housekeeper in self._housekeepers:
            housekeeper.stop()
        self._companions.stop()
        self._stopped.set()
        _join(self._heart)
        with suppress(DatabaseError):
            measures.store()
        runner.host = None
        recovery.retire(self._host.node)

    def _forget(self, group: list[Done]) -> None:
        self._host.in_hand.difference_update(done.item.pk for done in group)

    def _warm(self) -> None:
        self._host.slot().warm()

    def _beat(self) -> None:
        host = self._host
        watch = recovery.Watch(host.node, self._threads, host.in_hand, host.listing)
        pause = HEARTBEAT_SECONDS
        while not self._stopped.wait(pause):
            try:
                pause = HEARTBEAT_SECONDS if watch.tick() else IDLE_HEARTBEAT_SECONDS
                measures.store()
            except DatabaseError:
                logger.exception("heartbeat missed node=%s", self._host.node)
                connection.close()
        connection.close()


def hold_signals() -> None:
    """Leave those that stop a worker to `work`, which waits for them: before any thread is begun,
    because threads inherit it, and a thread without it would be ended by them, and all with it.

    They are not handled: a handler could come just as this thread has the lock that it needs.
    """
    pool.begin_tracker()  # or a thread would, with its first child, and have them again
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


def work(threads: int, on_start: Callable[[], None] = lambda: None) -> None:
    """Be a worker until SIGTERM or SIGINT. In the main thread of a process."""
    hold_signals()
    worker = Worker(threads=threads)
    worker.start()
    on_start()
    signal.sigwait(SIGNALS)
    worker.stop()


def _join(thread: threading.Thread) -> None:
    if thread.ident is not None:  # a start that failed has not begun it
        thread.join()
