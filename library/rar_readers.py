"""Which of the installed libraries unpack RAR here, tried in the background.

That takes up to a third of a second, because some of them start a program; no page waits for it.
It is done in a child, so that the server need not load them all.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

from jobs import errands
from library.archives.cbr import ReaderSupport

TIMEOUT_SECONDS = 60


def begin() -> None:
    """Once is enough; a server does so at its start."""
    _trial()


def working_readers() -> list[str] | None:
    """Their names, the one that is used first in front; None while they are being tried."""
    trial = _trial()
    if not trial.done():
        return None
    if trial.exception():
        _trial.cache_clear()  # no room for temporary files, say: the next question tries again
        return None
    return [reader.name for reader in trial.result() if reader.kinds]


@cache
def _trial() -> Future[tuple[ReaderSupport, ...]]:
    pool = ThreadPoolExecutor(1, "rar")
    trial = pool.submit(_available_readers)
    pool.shutdown(wait=False)  # the thread ends with its work
    return trial


def _available_readers() -> tuple[ReaderSupport, ...]:
    found: tuple[ReaderSupport, ...] = errands.run(
        "library.archives.cbr:available_readers",
        timeout_seconds=TIMEOUT_SECONDS,
        wait_seconds=TIMEOUT_SECONDS,
    )
    return found
