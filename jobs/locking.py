"""One server and one worker at a time on a data folder, held by the kernel: a crash frees it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings


class Locked(Exception):
    """Another process has it; the message says what to do."""


@contextmanager
def server_lock() -> Iterator[None]:
    """Raises Locked."""
    with _lock("serve.lock", "Another server already runs on the data folder"):
        yield


@contextmanager
def worker_lock() -> Iterator[None]:
    """Raises Locked."""
    with _lock("worker.lock", "Another worker already works on the data folder"):
        yield


@contextmanager
def _lock(name: str, trouble: str) -> Iterator[None]:
    folder = Path(settings.DATA_DIR)
    with (folder / name).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked(f"{trouble} {folder}. Stop it first, or set another DATA_DIR.") from None
        yield
