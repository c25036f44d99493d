"""What a pool child runs: pure functions by name, under limits. Imports no Django."""

import ctypes
import math
import os
import resource
import signal
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from traceback import format_exception
from typing import Any

MEMORY_BYTES = 2 << 30
PROCESSORS = 2
"""What one call may keep busy all its time."""
NICE = 10
"""Whatever its parent has: pages come before work, and a worker before its children."""
PR_SET_PDEATHSIG = 1


def main(pipe: Connection, begun: Any, modules: Sequence[str]) -> None:
    """Say that it is ready, then answer calls (function, arguments, seconds that they may take)
    until the pipe closes.

    `begun` is shared memory that counts the calls that were begun, which the parent reads when
    this process dies: a message for it would cost as much as the answer's.
    """
    _confine()
    for module in modules:
        # Where it cannot be imported, the call that needs it says so.
        with suppress(Exception):
            import_module(module)
    with suppress(EOFError, ConnectionError):  # the worker is gone
        pipe.send("ready")
        while True:
            function, args, seconds = pipe.recv()
            begun.value += 1
            _limit_processor(seconds)
            _answer(pipe, function, args)


def _confine() -> None:
    # The fork server ends when nobody holds that pipe any more, which leaves it to the worker: its
    # children die with it, also in a native call. Ctrl-C is the server's to handle.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.close(vars(forkserver._forkserver)["_forkserver_alive_fd"])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM,))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800")


def _limit_processor(seconds: float) -> None:
    """For what is in native threads too; the parent's clock ends all that merely waits."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(used.ru_utime + used.ru_stime + PROCESSORS * seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _answer(pipe: Connection, function: str, args: tuple[Any, ...]) -> None:
    try:
        reply = ("value", _resolve(function)(*args))
    except MemoryError:
        reply = ("memory", None)
    # Whatever the function raises is the item's result, not the child's end.
    except Exception as error:  # noqa: BLE001
        reply = ("raised", error)
    try:
        pipe.send(reply)
    # Not every value or error can be pickled; then its text must do.
    except Exception as error:  # noqa: BLE001
        shown = reply[1] if isinstance(reply[1], BaseException) else error
        pipe.send(("lost", "".join(format_exception(shown)[-1:]).strip()))


def _resolve(function: str) -> Any:
    module, _, name = function.partition(":")
    return getattr(import_module(module), name)
