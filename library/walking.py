"""What lies under a library's root, by name, size and date; no file is opened."""

import os
import stat
from dataclasses import dataclass, field

from jobs.operations import Check, go_on

SUFFIXES = (".cbz", ".cbr", ".cb7", ".cbt")


@dataclass(frozen=True, slots=True)
class Found:
    path: str
    """Relative to the root, as the system gives it: bytes that are not UTF-8 are surrogates."""
    size: int
    mtime_ns: int
    is_file: bool = True
    """A regular one; else a folder, a link or the like that is named like a comic."""


@dataclass
class Walk:
    """What lies under a root. Folders that cannot be read say nothing about what is in them."""

    found: list[Found] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    """Those that were looked into, the top one first."""
    unreadable: list[str] = field(default_factory=list)

    def covers(self, path: str) -> bool:
        return not any(path.startswith(f"{folder}/") for folder in self.unreadable)


def walk(root: str, check: Check = go_on, *, top: str = "") -> Walk:
    """All entries named like comics, hidden ones left out; links are not followed.

    `top`: only what lies in that folder. Raises OSError where the top itself cannot be read, and
    what `check` raises.
    """
    result = Walk()
    folders = [top]
    while folders:
        check()
        folder = folders.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as entries:  # noqa: PTH118
                for entry in entries:
                    _sort_in(entry, folder, result, folders)
            result.folders.append(folder)
        except OSError:
            if folder == top:
                raise
            result.unreadable.append(folder)
    result.found.sort(key=lambda found: found.path)
    return result


def _sort_in(entry: os.DirEntry[str], folder: str, result: Walk, folders: list[str]) -> None:
    if is_hidden(entry.name):
        return
    path = f"{folder}/{entry.name}" if folder else entry.name
    if entry.is_dir(follow_symlinks=False):
        folders.append(path)
    # A folder or a link that is named like a comic is listed too, with what it is.
    if is_named_like_comic(entry.name):
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return  # renamed or removed just now
        result.found.append(found_at(path, status))


def found_at(path: str, status: os.stat_result) -> Found:
    return Found(path, status.st_size, status.st_mtime_ns, stat.S_ISREG(status.st_mode))


def is_hidden(name: str) -> bool:
    """So are our own temporary files and our folder in a library."""
    return name.startswith(".")


def is_named_like_comic(name: str) -> bool:
    """Unfinished downloads are not: they end in .part, .crdownload and the like."""
    return name.lower().endswith(SUFFIXES)


def shown(path: str) -> str:
    """A path for people and for the database: bytes that are not UTF-8 as \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
