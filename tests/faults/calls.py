"""Stand between the code and the file system: count every call, and do something at the n-th."""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from library import journal, renaming
from library.archives import cbz

SYSTEM = (
    "open", "stat", "fstat", "fsync", "rename", "link", "unlink", "mkdir", "pread", "pwrite",
    "copy_file_range", "fchmod", "fchown", "utime", "listxattr", "getxattr", "setxattr",
)  # fmt: skip
JOURNAL = ("reserve", "make_ready", "finish", "give_up")

Call = Callable[[], Any]
Hook = Callable[[int, str, Call, tuple[Any, ...]], Any]
"""Gets the call's number from 1 on, its name, the call itself and its arguments."""


class Killed(BaseException):
    """The process is dead: no line of code may run after it that touches disk or journal."""


class Calls:
    def __init__(self, hook: Hook | None = None) -> None:
        self.names: list[str] = []
        self._hook = hook
        self._lock = threading.Lock()
        self._busy = threading.local()

    def wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **named: Any) -> Any:
            if getattr(self._busy, "inside", False):  # the hook's own calls, and nested ones
                return real(*args, **named)
            with self._lock:
                self.names.append(name)
                number = len(self.names)
            if self._hook is None:
                return real(*args, **named)
            return self._guarded(number, name, lambda: real(*args, **named), args)

        return counted

    def _guarded(self, number: int, name: str, call: Call, args: tuple[Any, ...]) -> Any:
        assert self._hook is not None
        if name in JOURNAL:  # its own calls are the database's, not the library's
            return self._hook(number, name, call, args)
        self._busy.inside = True
        try:
            return self._hook(number, name, call, args)
        finally:
            self._busy.inside = False


@contextmanager
def watching(hook: Hook | None = None, *, renameat2: bool = True) -> Iterator[Calls]:
    calls = Calls(hook)
    rename = calls.wrap("renameat2", renaming._renameat2) if renameat2 else None  # type: ignore[arg-type]
    replaced = [
        *((os, name, calls.wrap(name, getattr(os, name))) for name in SYSTEM),
        *((journal, name, calls.wrap(name, getattr(journal, name))) for name in JOURNAL),
        (cbz, "pread", calls.wrap("pread", os.pread)),
        (renaming, "_renameat2", rename),
    ]
    real = [(owner, name, getattr(owner, name)) for owner, name, _ in replaced]
    # Thousands of times, which mock.patch is too slow for.
    for owner, name, value in replaced:
        setattr(owner, name, value)
    try:
        yield calls
    finally:
        for owner, name, value in real:
            setattr(owner, name, value)


def failing(nth: int, code: int) -> Hook:
    def hook(number: int, name: str, call: Call, args: tuple[Any, ...]) -> Any:
        if number == nth and name not in JOURNAL:
            raise OSError(code, os.strerror(code))
        return call()

    return hook


def failing_from(nth: int, code: int) -> Hook:
    """From the n-th call on nothing that writes works any more."""

    def hook(number: int, name: str, call: Call, args: tuple[Any, ...]) -> Any:
        reads = name in ("open", "stat", "fstat", "pread", "listxattr", "getxattr", *JOURNAL)
        if number >= nth and not reads:
            raise OSError(code, os.strerror(code))
        return call()

    return hook


def short(nth: int) -> Hook:
    """The n-th call, if it moves bytes, moves only some of them."""

    def hook(number: int, name: str, call: Call, args: tuple[Any, ...]) -> Any:
        if number != nth:
            return call()
        if name == "pwrite":
            return os.pwrite(args[0], bytes(args[1])[: max(1, len(args[1]) // 2)], args[2])
        if name == "pread":
            return os.pread(args[0], max(1, args[1] // 2), args[2])
        if name == "copy_file_range":
            return os.copy_file_range(args[0], args[1], max(1, args[2] // 2), *args[3:])
        return call()

    return hook


def killed(nth: int, *, after: bool) -> Hook:
    dead = False

    def hook(number: int, name: str, call: Call, args: tuple[Any, ...]) -> Any:
        nonlocal dead
        if dead or (number == nth and not after):
            dead = True
            raise Killed
        try:
            return call()
        finally:
            if dead or number == nth:
                dead = True
                raise Killed

    return hook


ERRORS = {
    "EIO": errno.EIO,
    "ENOSPC": errno.ENOSPC,
    "EACCES": errno.EACCES,
    "EROFS": errno.EROFS,
    "EINTR": errno.EINTR,
}
FEW = ("EIO", "killed after")
"""One error is like another where the code does not ask which it is, and nothing happens between
two calls: killed before the one is killed after the other. Full runs try all kinds."""
KINDS: dict[str, Callable[[int], Hook]] = {
    **{name: (lambda nth, code=code: failing(nth, code)) for name, code in ERRORS.items()},  # type: ignore[misc]
    "short": short,
    "killed before": lambda nth: killed(nth, after=False),
    "killed after": lambda nth: killed(nth, after=True),
}
