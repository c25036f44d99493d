"""What lies under a library's root, by name, size and date; no file is opened."""

import os
from dataclasses import dataclass, field

from jobs.operations import Check, go_on

SUFFIXES = (".cbz", ".cbr", ".cb7", ".cbt")


@dataclass(frozen=True, slots=True)
class Found:
    path: str
    """Relative to the root, as the system gives it: bytes that are not UTF-8 are surrogates."""
    size: int
    mtime_ns: int


@dataclass
class Walk:
    """What lies under a root. Folders that cannot be read say nothing about what is in them."""

    found: list[Found] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def covers(self, path: str) -> bool:
        return not any(path.startswith(f"{folder}/") for folder in self.unreadable)


def walk(root: str, check: Check = go_on) -> Walk:
    """All entries named like comics, hidden ones left out; links are not followed.

    Raises OSError where the root itself cannot be read, and what `check` raises.
    """
    result = Walk()
    folders = [""]
    while folders:
        check()
        folder = folders.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as entries:  # noqa: PTH118
                for entry in entries:
                    _sort_in(entry, folder, result, folders)
        except OSError:
            if not folder:
                raise
            result.unreadable.append(folder)
    result.found.sort(key=lambda found: found.path)
    return result


def _sort_in(entry: os.DirEntry[str], folder: str, result: Walk, folders: list[str]) -> None:
    if entry.name.startswith("."):
        return
    path = f"{folder}/{entry.name}" if folder else entry.name
    if entry.is_dir(follow_symlinks=False):
        folders.append(path)
    # A folder or a link that is named like a comic is listed too, with what it is.
    if entry.name.lower().endswith(SUFFIXES):
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return  # renamed or removed just now
        result.found.append(Found(path, status.st_size, status.st_mtime_ns))


def shown(path: str) -> str:
    """A path for people and for the database: bytes that are not UTF-8 as \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
