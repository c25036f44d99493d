"""The processes of a server: begun together, begun anew where one dies, and ended together.

It has no threads and no connections, so it may fork at any time.
"""

import ctypes
import gc
import logging
import multiprocessing.util
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import NoReturn

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
"""Before one that died is begun anew; twice as long each time, as long as they die young."""
LONGEST_PAUSE_SECONDS = 5
YOUNG_SECONDS = 10
STOP_SECONDS = 25
"""Then what has not ended is killed: longer than all that a stop waits for together."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15


@dataclass(eq=False)
class Piece:
    """A process: `run` is all that it does; it ends with the code that this returns."""

    name: str
    """At most 15 characters."""
    run: Callable[[], int]
    pid: int = 0
    begun: float = 0.0
    due: float = 0.0
    """When it is to begin (anew)."""
    pause: float = FIRST_PAUSE_SECONDS

    def begin(self) -> None:
        """Raises OSError where there is no room for another process."""
        self.begun = monotonic()
        # Who began this process may have ignored it; then nobody could wait for a child.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        parent = os.getpid()
        _flush()
        if not (pid := os.fork()):
            self._become(parent)
        self.pid = pid

    def _become(self, parent: int) -> NoReturn:
        code = 1
        try:
            _begin_as(self.name, parent)
            # Ctrl-C reaches all processes of a terminal; the supervisor tells them.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            code = self.run()
        # What called the supervisor is not this process's to go on with, whatever happens here.
        except BaseException:
            logger.exception("%s failed", self.name)
        finally:
            leave(code)

    def plan_next(self) -> None:
        if monotonic() - self.begun >= YOUNG_SECONDS:
            self.pause = FIRST_PAUSE_SECONDS
        self.due = monotonic() + self.pause
        self.pause = min(2 * self.pause, LONGEST_PAUSE_SECONDS)


def supervise(pieces: Sequence[Piece], at_stop: Callable[[], None] = lambda: None) -> int:
    """Until a signal to stop, or until one ends by itself: the exit code of all of them, which
    is never 0 where nobody asked.

    One that is killed, or that crashes by a signal, is begun anew. `at_stop` is called before they
    are told to end.
    """
    names = [thread.name for thread in threading.enumerate()]
    assert len(names) == 1, f"a fork would leave locks of these threads locked for ever: {names}"
    gc.freeze()  # what they have in common stays shared
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    while True:
        for piece in pieces:
            if not piece.pid and piece.due <= monotonic():
                _begin(piece)
        number = _next_signal(min((p.due for p in pieces if not p.pid), default=None))
        if number in (signal.SIGTERM, signal.SIGINT):
            at_stop()
            return _stop(pieces)
        for piece, code in _ended(pieces):
            if code >= 0:
                logger.error("%s ended by itself code=%d, so all end", piece.name, code)
                at_stop()
                return _stop(pieces) or code or 1
            piece.plan_next()
            logger.warning(
                "%s is gone signal=%s, a new one begins in_seconds=%g",
                piece.name,
                signal.Signals(-code).name,
                piece.due - monotonic(),
            )


def run_apart(piece: Piece) -> int:
    """To its end, so that what it begins and opens is not in this process; its exit code."""
    piece.begin()
    _, status = os.waitpid(piece.pid, 0)
    return os.waitstatus_to_exitcode(status)


def leave(code: int) -> NoReturn:
    """End a process that was forked; of all that Python would do, only what others can see."""
    _flush()
    with suppress(Exception):
        vars(multiprocessing.util)["_run_finalizers"]()  # removes the folder of its fork server
    os._exit(code)


def _flush() -> None:
    with suppress(OSError, ValueError):  # nobody reads any more
        sys.stdout.flush()
        sys.stderr.flush()


def _begin(piece: Piece) -> None:
    try:
        piece.begin()
    except OSError as error:
        piece.plan_next()
        seconds = piece.due - monotonic()
        logger.error("%s cannot begin, trying again in_seconds=%g: %s", piece.name, seconds, error)


def _next_signal(until: float | None) -> int | None:
    seconds = 3600.0 if until is None else max(0.0, until - monotonic())
    info = signal.sigtimedwait(_SIGNALS, seconds)
    return info.si_signo if info else None


def _ended(pieces: Sequence[Piece]) -> list[tuple[Piece, int]]:
    """Those that ended, with their exit codes, negative for signals. Others' orphans, which come
    here where this is the first process of a container, are buried too."""
    found = []
    try:
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            for piece in pieces:
                if piece.pid == ended[0]:
                    piece.pid = 0
                    found.append((piece, os.waitstatus_to_exitcode(ended[1])))
    except ChildProcessError:  # there are none any more
        for piece in pieces:
            if piece.pid:
                piece.pid = 0
                found.append((piece, -signal.SIGKILL))
    return found


def _stop(pieces: Sequence[Piece]) -> int:
    """0 where none had to be killed, or ended with an error."""
    deadline = monotonic() + STOP_SECONDS
    _send(signal.SIGTERM, pieces)
    worst = 0
    while any(piece.pid for piece in pieces):
        if monotonic() >= deadline:
            worst = 1
            logger.error("killed: %s", ", ".join(piece.name for piece in pieces if piece.pid))
            _send(signal.SIGKILL, pieces)
        _next_signal(max(deadline, monotonic() + 1))
        # By a signal ends one that crashed just now, or could not yet listen to ours.
        worst = max([worst, *(code for _, code in _ended(pieces))])
    return worst


def _send(number: int, pieces: Sequence[Piece]) -> None:
    for piece in pieces:
        if piece.pid:
            os.kill(piece.pid, number)


def _begin_as(name: str, parent: int) -> None:
    """`ps` and `top` show the name; the process dies with its parent."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_NAME, name.encode())
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
