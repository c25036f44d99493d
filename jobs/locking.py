"""One server at a time on a data folder, and one worker on an SQLite database.

The kernel holds the locks, so a crash frees them. Workers on PostgreSQL know each other by their
rows, and any number of them share it.
"""

import fcntl
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.db.models import QuerySet

from jobs import recovery
from jobs.models import WorkerNode

AGAIN_SECONDS = 0.02
LOOK_SECONDS = 3
"""In which a worker's heartbeat moves at least once."""


class Locked(Exception):
    """Another process has it; the message says what to do."""


@contextmanager
def server_lock(*, patience: float = 0) -> Iterator[None]:
    """Raises Locked, after so many seconds."""
    with _lock("serve.lock", "Another server already runs on the data folder", patience):
        yield


@contextmanager
def data_folder_lock() -> Iterator[None]:
    """Nobody serves or works on the data folder meanwhile. Raises Locked."""
    with server_lock(), _lock("worker.lock", "A worker works on the data folder"):
        yield


@contextmanager
def worker_lock() -> Iterator[None]:
    """Raises Locked."""
    if recovery.is_shared():
        yield
        return
    with _lock("worker.lock", "Another worker already works on the data folder"):
        _refuse_other_machines()
        yield


@contextmanager
def without_workers() -> Iterator[bool]:
    """Whether no worker is on the data folder; then none begins meanwhile.

    False, too, where several may share the database: nobody knows of all of them.
    """
    with ExitStack() as held:
        try:
            held.enter_context(worker_lock())
        except Locked:
            is_alone = False
        else:
            is_alone = not recovery.is_shared()
        yield is_alone


@contextmanager
def _lock(name: str, trouble: str, patience: float = 0) -> Iterator[None]:
    folder = Path(settings.DATA_DIR)
    deadline = time.monotonic() + patience
    with (folder / name).open("a") as file:
        while not _is_taken(file):
            if time.monotonic() >= deadline:
                text = f"{trouble} {folder}. Stop it first, or set another DATA_DIR. (jobs.E002)"
                raise Locked(text)
            time.sleep(AGAIN_SECONDS)
        yield


def _is_taken(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _refuse_other_machines() -> None:
    """The kernel's lock, and SQLite's own, may not reach those that share the folder."""
    others = WorkerNode.objects.exclude(host=socket.gethostname())
    if not (before := _heartbeats(others)):
        return
    # A row alone says little: that of a container that was killed has a host name that is gone.
    time.sleep(LOOK_SECONDS)
    for host, _node, _number in _heartbeats(others) - before:
        raise Locked(
            f"A worker on the machine “{host}” works on this SQLite database just now. "
            "Machines cannot share one: stop that worker, or set DATABASE_URL. (jobs.E003)"
        )


def _heartbeats(nodes: QuerySet[WorkerNode]) -> set[tuple[str, str, int]]:
    return set(nodes.values_list("host", "pk", "heartbeat"))
