"""Files that something happened to, until all is quiet. Knows no disk and no clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Observation = tuple[int, int] | None
"""Size and date; None where there is no such file."""

Look = Callable[[str], Observation | Literal["unknown"]]


@dataclass
class _File:
    observed: Observation
    since: float
    """When it was first seen to be like that."""
    is_quiet: bool = False


@dataclass(frozen=True)
class Settled:
    """What a burst has come to."""

    files: dict[str, Observation] = field(default_factory=dict)
    everything: bool = False
    """More than could be remembered: all of the library has to be looked at."""


class Pending:
    """A file is quiet when its size and date were the same for a while, and nobody writes to it.

    What is quiet waits until the burst that it came in is over, which is when no further file has
    joined for that while, but not for ever. One that goes on growing holds up no other.
    """

    def __init__(
        self, *, quiet_seconds: float, gather_seconds: float = 300, limit: int = 20_000
    ) -> None:
        self._quiet_seconds = quiet_seconds
        self._gather_seconds = gather_seconds
        self._limit = limit
        self._files: dict[str, _File] = {}
        self._joined_at = 0.0
        self._began_at: float | None = None
        """When the burst did; None while there is none."""
        self._overflowed = False

    def __len__(self) -> int:
        return len(self._files)

    def add(self, path: str, observed: Observation, now: float) -> None:
        file = self._files.get(path)
        if file is None:
            self._join(path, observed, now)
        elif file.observed != observed:
            self._files[path] = _File(observed, now)

    def _join(self, path: str, observed: Observation, now: float) -> None:
        self._joined_at = now
        if self._began_at is None:
            self._began_at = now
        if len(self._files) < self._limit and not self._overflowed:
            self._files[path] = _File(observed, now)
        else:
            self._overflowed = True
            self._files.clear()

    def forget(self) -> None:
        self._files.clear()
        self._began_at = None
        self._overflowed = False

    def settle(self, now: float, *, look: Look, is_written: Callable[[str], bool]) -> Settled:
        """What can be taken now; it is no longer pending then.

        Looks at those files only whose time is over.
        """
        if self._overflowed:
            if now - self._joined_at < self._quiet_seconds:
                return Settled()
            self.forget()
            return Settled(everything=True)
        for path, file in self._files.items():
            if not file.is_quiet and now - file.since >= self._quiet_seconds:
                self._look_again(path, file, now, look, is_written)
        return self._taken() if self._is_over(now) else Settled()

    def _look_again(
        self, path: str, file: _File, now: float, look: Look, is_written: Callable[[str], bool]
    ) -> None:
        observed = look(path)
        if observed == file.observed and not (observed and is_written(path)):
            file.is_quiet = True
            return
        file.since = now
        if observed != "unknown":
            file.observed = observed

    def _is_over(self, now: float) -> bool:
        if self._began_at is None:
            return False
        if now - self._joined_at >= self._quiet_seconds:
            return True
        return now - self._began_at >= self._gather_seconds

    def _taken(self) -> Settled:
        quiet = {path: file.observed for path, file in self._files.items() if file.is_quiet}
        for path in quiet:
            del self._files[path]
        # Those that are left begin no burst: each is taken when it is quiet.
        self._began_at = self._joined_at if self._files else None
        return Settled(quiet)
