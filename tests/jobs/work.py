"""What the test operations run in pool children."""

import ctypes
import os
import resource
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from jobs.child import main


class Broken(Exception):
    pass


def count(number: int, pause_ms: int, broken: bool) -> str:
    time.sleep(pause_ms / 1000)
    if broken:
        raise Broken(f"Number {number} is broken.")
    return f"counted {number}"


def count_all(numbers: list[int]) -> None:
    if 30 in numbers:
        os.abort()


def poison(way: str) -> object:
    if way == "abort":
        os.abort()
    if way in ("segfault", "killed"):
        os.kill(os.getpid(), signal.SIGSEGV if way == "segfault" else signal.SIGKILL)
    if way == "hang":
        time.sleep(3600)
    if way == "native hang":
        ctypes.PyDLL(None).sleep(3600)  # with Python's lock held: no signal handler runs
    if way == "memory":
        return bytearray(8 << 30)[0]
    if way == "raise":
        raise Broken("It is broken.")
    if way == "unpicklable":
        return threading.Lock()
    return None


def tell_and_hang() -> None:
    print(os.getpid(), flush=True)  # noqa: T201
    poison("native hang")


def is_loaded(module: str) -> bool:
    return module in sys.modules


def die_at_first(pipe: Connection, begun: Any, modules: list[str]) -> None:
    """A child's `main` that goes on where the file is there."""
    sign = Path(modules[0])
    if not sign.exists():
        sign.touch()
        os._exit(1)
    main(pipe, begun, [])


FORKED_FROM = os.getpid()


def forked_with(module: str) -> bool:
    """Whether what forked this process had imported the module."""
    return bool(os.getppid() == sys.modules[module].FORKED_FROM)


def processor_seconds_left() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return resource.getrlimit(resource.RLIMIT_CPU)[0] - used.ru_utime - used.ru_stime


def wait_for(gate: str) -> int:
    """Leave a sign beside the gate, and wait until it is there."""
    Path(gate).with_name(f"at-{os.getpid()}").touch()
    while not Path(gate).exists():
        time.sleep(0.01)
    return os.getpid()


def time_out() -> None:
    raise TimeoutError("its own")
