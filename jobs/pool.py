"""Child processes that perform items: one that dies, hangs or eats memory costs its own item.

A slot belongs to one thread, which must live as long as the slot: the kernel ends a child
(PR_SET_PDEATHSIG) when the thread that made it ends.
"""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from jobs import child
from jobs.operations import ItemError

logger = logging.getLogger(__name__)

CALLS_PER_CHILD = 1000
"""Then a fresh one, so that what libraries leak does not add up."""

# With fork, children keep the listening port after the server's death; with forkserver, those
# in a native hang outlive it.
_spawn = multiprocessing.get_context("spawn")


class ChildStopped(Exception):
    """The slot was stopped under the call; the item was neither done nor at fault."""


class Slot:
    """At most one child, made when first needed. Only `stop` may be called from other threads."""

    def __init__(self, modules: Sequence[str] = ()) -> None:
        """A new child imports these modules before its first call."""
        self._modules = modules
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._begun = _spawn.RawValue("L", 0)
        self._calls = 0
        self._stopped = False
        self._lock = threading.Lock()

    def call(self, function: str, args: tuple[Any, ...], *, timeout_seconds: float) -> Any:
        """Run `function` ("package.module:name") in the child.

        Raises what it raises; ItemError where the child died, hung or ran out of memory over it;
        ChildStopped after `stop`.
        """
        kind, value = self._answer(function, args, timeout_seconds)
        if kind == "value":
            return value
        if kind == "raised":
            raise value
        self.end_child()
        if kind == "memory":
            raise ItemError("It needs more memory than one item may use.")
        raise ItemError(f"The result could not be understood: {value}")

    def warm(self) -> None:
        """Make the child now, so that the first item need not wait for it."""
        with suppress(ChildStopped):
            self._ready_pipe()

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            process = self._process
        if process is not None:
            process.kill()

    def _answer(
        self, function: str, args: tuple[Any, ...], timeout_seconds: float
    ) -> tuple[str, Any]:
        """The child's answer; a new child gets the call where one died before it began it."""
        for is_last in (False, True):
            try:
                return self._round_trip(function, args, timeout_seconds)
            except (EOFError, OSError):
                if is_last or self._stopped or self._begun.value >= self._calls:
                    raise self._died() from None
                self.end_child()
        raise AssertionError("unreachable")

    def _round_trip(
        self, function: str, args: tuple[Any, ...], timeout_seconds: float
    ) -> tuple[str, Any]:
        if self._calls >= CALLS_PER_CHILD:
            self.end_child()
        pipe = self._ready_pipe()
        self._calls += 1
        pipe.send((function, args, timeout_seconds))
        if not pipe.poll(timeout_seconds):
            self.end_child()
            raise ItemError(f"It took longer than {timeout_seconds:g} s and was stopped.")
        reply: tuple[str, Any] = pipe.recv()
        return reply

    def _ready_pipe(self) -> Connection:
        if self._pipe is None:
            with self._lock:
                if self._stopped:
                    raise ChildStopped
                self._pipe, theirs = _spawn.Pipe()
                self._begun.value = self._calls = 0
                self._process = _spawn.Process(
                    target=child.main,
                    args=(theirs, self._begun, os.getpid(), self._modules),
                    daemon=True,
                )
                self._process.start()
                theirs.close()
        return self._pipe

    def _died(self) -> Exception:
        process = self._process
        if self._stopped or process is None:
            return ChildStopped()
        process.join(1)
        code = process.exitcode
        self.end_child()
        if code == -signal.SIGXCPU:
            return ItemError("It needs more processor time than one item may use.")
        how = f"by signal {signal.Signals(-code).name}" if code and code < 0 else f"with {code}"
        logger.warning("child ended %s", how)
        return ItemError(f"The process that worked on it ended {how}.")

    def end_child(self) -> None:
        """The next call makes a new one."""
        with self._lock:
            process, pipe = self._process, self._pipe
            self._process = self._pipe = None
        if pipe is not None:
            pipe.close()
        if process is not None:
            process.kill()
            process.join()
