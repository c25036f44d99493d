"""Child processes that perform items: one that dies, hangs or eats memory costs its own item.

They are forked by a process that has imported what they need, so one is ready in a moment and all
share that memory.
"""

import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from jobs.child import main
from jobs.operations import ItemError

logger = logging.getLogger(__name__)

CALLS_PER_CHILD = 1000
"""Then a fresh one, so that what libraries leak does not add up."""
CALLS_BEFORE_NEXT = 800
"""Then the next one is made, so that it is ready when its turn comes."""
START_SECONDS = 60
"""What a new child gets on a busy machine; it is not the first item's time."""
AGAIN_SECONDS = (0.1, 0.5, 2)
"""Before the next try, where none could be started: the machine may be short of something."""

# With fork, children keep the listening port after the server's death; with spawn, each costs ten
# times the processor time.
_context = multiprocessing.get_context("forkserver")
_beginning = threading.Lock()
_ROOT = str(Path(__file__).resolve().parent.parent)


def begin_tracker() -> None:
    """Begin a process that Python wants to have beside the fork server.

    In the thread that begins it, SIGTERM and SIGINT are not blocked any more.
    """
    with _beginning, _environment():
        resource_tracker.ensure_running()


def _begin_fork_server(modules: Sequence[str]) -> None:
    with _beginning, _environment(JOBS_PRELOADED=" ".join([main.__module__, *modules])):
        forkserver.set_forkserver_preload(["jobs.preloaded"])
        forkserver.ensure_running()


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """What is begun meanwhile imports what this process would; by itself it looked into the current
    folder first, and nowhere else for us (`multiprocessing.forkserver.main` drops `sys_path`)."""
    path = os.pathsep.join([_ROOT, *filter(None, sys.path)])
    values |= {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class ChildStopped(Exception):
    """The slot was stopped under the call; the item was neither done nor at fault."""


@dataclass
class Child:
    process: BaseProcess
    pipe: Connection
    begun: Any
    """Shared memory: how many calls it has begun."""
    calls: int = 0
    is_ready: bool = False
    """Whether it has said so."""

    def kill(self) -> None:
        # Where it has died it is buried, and its number may be another's.
        if self.process.is_alive():
            self.process.kill()

    def end(self) -> None:
        self.pipe.close()
        self.kill()
        self.process.join()


class Slot:
    """At most one child at work, made when first needed. Only `stop` may be called from other
    threads."""

    def __init__(self, modules: Sequence[str]) -> None:
        """A new child has these modules before its first call."""
        self._modules = modules
        self._children: list[Child] = []
        """The one at work, and the one that will take its place."""
        self._stopped = threading.Event()
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
        self._end_child()
        if kind == "memory":
            raise ItemError("It needs more memory than one item may use.")
        raise ItemError(f"The result could not be understood: {value}")

    def warm(self) -> None:
        """Make the child now, so that the first item need not wait for it."""
        with suppress(ChildStopped, EOFError, OSError):  # the first item tries again
            self._child()

    def stop(self) -> None:
        with self._lock:
            self._stopped.set()
            for child in self._children:
                child.kill()

    def _answer(
        self, function: str, args: tuple[Any, ...], timeout_seconds: float
    ) -> tuple[str, Any]:
        """The child's answer; a new child gets the call where one died before it began it."""
        for is_last in (False, True):
            child = self._ready_child()
            try:
                return self._round_trip(child, function, args, timeout_seconds)
            except (EOFError, OSError):
                if is_last or self._stopped.is_set() or child.begun.value >= child.calls:
                    raise self._died(child) from None
                self.end_children()  # the next one may have died idle as well
        raise AssertionError("unreachable")

    def _round_trip(
        self, child: Child, function: str, args: tuple[Any, ...], timeout_seconds: float
    ) -> tuple[str, Any]:
        child.calls += 1
        child.pipe.send((function, args, timeout_seconds))
        if not child.pipe.poll(timeout_seconds):
            self._end_child()
            raise ItemError(f"It took longer than {timeout_seconds:g} s and was stopped.")
        reply: tuple[str, Any] = child.pipe.recv()
        if child.calls == CALLS_BEFORE_NEXT:
            with suppress(ChildStopped, EOFError, OSError):  # else it is made when it is needed
                self._make_child()
        return reply

    def _ready_child(self) -> Child:
        """Tries again for a moment where none can be started, or where it dies over that."""
        for pause in (*AGAIN_SECONDS, None):
            try:
                child = self._child()
                self._await_start(child)
                return child
            except (EOFError, OSError) as error:
                self.end_children()
                if self._stopped.is_set():
                    raise ChildStopped from None
                logger.warning("child could not be started: %r", error)
                if pause is not None and self._stopped.wait(pause):
                    raise ChildStopped from None
        raise ItemError("No process to work on it could be started.")

    def _child(self) -> Child:
        if self._children and self._children[0].calls >= CALLS_PER_CHILD:
            self._end_child()
        if not self._children:
            self._make_child()
        return self._children[0]

    def _await_start(self, child: Child) -> None:
        if child.is_ready:
            return
        if not child.pipe.poll(START_SECONDS):
            self._end_child()
            raise ItemError(f"No process to work on it could be started in {START_SECONDS} s.")
        child.pipe.recv()
        child.is_ready = True

    def _make_child(self) -> None:
        with self._lock:
            if self._stopped.is_set():
                raise ChildStopped
            ours, theirs = _context.Pipe()
            begun = _context.RawValue("L", 0)
            _begin_fork_server(self._modules)
            arguments = (theirs, begun, self._modules)
            process = _context.Process(target=main, args=arguments, daemon=True)
            process.start()
            theirs.close()
            self._children.append(Child(process, ours, begun))

    def _died(self, child: Child) -> Exception:
        if self._stopped.is_set():
            return ChildStopped()
        child.process.join(1)
        code = child.process.exitcode
        self._end_child()
        if code == -signal.SIGXCPU:
            return ItemError("It needs more processor time than one item may use.")
        how = f"by signal {signal.Signals(-code).name}" if code and code < 0 else f"with {code}"
        logger.warning("child ended %s", how)
        return ItemError(f"The process that worked on it ended {how}.")

    def end_children(self) -> None:
        """The next call makes a new one."""
        while self._children:
            self._end_child()

    def _end_child(self) -> None:
        with self._lock:
            child = self._children.pop(0)
        child.end()
