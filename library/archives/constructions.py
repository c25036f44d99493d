"""What a new file shall be and where it is built, and what was: plain data between the parts."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from library.archives.patching import Span
from library.files import FileIdentity


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A finished temporary file, synced to the disk and read back: beside the comic, or in its new
    folder where that is on another file system."""

    name: str
    identity: FileIdentity
    former_sha256: str = ""
    """Of the file that it was built from; empty where the patch has its own proof of it."""
    patch: bytes | None = None
    """Rebuilds the former file from it; without one the whole original has to be kept."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a new file is built, as the journal has reserved it."""

    token: str
    root: str | None = None
    """The library's folder: no link below it is followed."""
    folder: str | None = None
    """Relative to the root; None where it is built beside the original."""
    keeps_original: bool = False
    """The whole original is kept, so no patch has to lead back to it."""


class Builder(Protocol):
    """What a new file shall hold, planned from an original that was found to be sound."""

    @property
    def shared(self) -> Sequence[Span]:
        """What is copied from the original as it is; `build` compares it."""

    @property
    def frame(self) -> bytes | None:
        """What proves the original once it is rebuilt (`library.archives.proving`); None where
        only all of its bytes can."""

    def write(self, new: int) -> None: ...

    def read_back(self, new: int) -> None:
        """Prove that all but the shared bytes is what was meant. Raises ArchiveError."""


def new_token() -> str:
    return secrets.token_hex(8)


def temporary_name(token: str) -> str:
    """Hidden, so that no scan takes it for a comic; the token tells our files from others'."""
    return f".cm-{token}.tmp"


@dataclass(frozen=True)
class Construction:
    """A new file that is to be built beside a comic, which is only read."""

    path: Path
    plan: Callable[[int], Builder]
    """Gets the comic opened; raises ArchiveError where it is not sound."""
    expected: FileIdentity
    place: Workplace | None = None
    keeps_times: bool = False
