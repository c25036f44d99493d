"""Cut the power after every call: what was not synced may be gone.

The model is harsh where file systems are mild: bytes of a file that was not synced are lost, and
so is any end of the list of changes to a folder since that folder was last synced. The journal's
rows are on the disk when its functions return. Each such state is laid out for real, with the
same inodes, and recovery is run on it.
"""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from library.recovering import recover_all
from tests.faults.calls import JOURNAL, Call
from tests.faults.cases import Broken, Case, Way
from tests.library.shelving import sha256

Entries = dict[str, int]
"""Paths in the comic's folder and its new one, and their inodes."""


@dataclass
class Disk:
    """What of the comic's folders would be there after a power cut."""

    root: Path
    folders: tuple[str, ...]
    safe: Entries = field(default_factory=dict)
    """What was there when a folder was last synced."""
    since: list[Entries] = field(default_factory=list)
    """The folders after each change since: to move a file is one change of both."""
    synced: set[int] = field(default_factory=set)
    """Files whose bytes are safe."""
    keep: Path = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        # Second names for all files, outside, so that their inodes outlive the folder's entries.
        self.keep = self.root.parent / "keep"
        self.keep.mkdir(exist_ok=True)
        self.safe = self.entries()
        self.synced = set(self.safe.values())

    def entries(self) -> Entries:
        found = {}
        for path in self._files():
            name = str(path.relative_to(self.root))
            found[name] = path.lstat().st_ino
            kept = self.keep / str(found[name])
            if not kept.exists():
                kept.hardlink_to(path)
        return found

    def _files(self) -> Iterator[Path]:
        for folder in self.folders:
            if (self.root / folder).is_dir():
                yield from (path for path in (self.root / folder).iterdir() if path.is_file())

    def note(self, name: str, args: tuple[Any, ...]) -> None:
        with self._lock:  # hashing and syncing have threads of their own
            self._note(name, args)

    def _note(self, name: str, args: tuple[Any, ...]) -> None:
        now = self.entries()
        if now != (self.since or [self.safe])[-1]:
            self.since.append(now)
        if name == "fsync":
            inode = os.fstat(args[0]).st_ino
            self.synced.add(inode)
            for folder in self.folders:
                path = self.root / folder
                if path.is_dir() and inode == path.stat().st_ino:
                    self._make_safe(f"{folder}/")

    def _make_safe(self, folder: str) -> None:
        """Up to the last change of this folder."""
        states = [self.safe, *self.since]
        of_folder = [{k: v for k, v in each.items() if k.startswith(folder)} for each in states]
        last = max(
            (n for n in range(1, len(states)) if of_folder[n] != of_folder[n - 1]), default=0
        )
        self.safe, self.since = states[last], states[last + 1 :]

    def lay_out(self, entries: Entries) -> None:
        for path in list(self._files()):
            path.unlink()
        for name, inode in entries.items():
            (self.root / name).hardlink_to(self.keep / str(inode))


class Cut(BaseException):
    pass


def cut_everywhere(root: Path, way: Way) -> int:
    """How many states were tried. Raises Broken."""
    tried = nth = 0
    done = False
    while not done:
        nth += 1
        lost = 0
        while True:
            states, done = cut(root, way, nth, lost)
            tried += 1
            lost += 1
            if lost >= states:
                break
    return tried


def cut(root: Path, way: Way, nth: int, lost: int) -> tuple[int, bool]:
    """Cut after the n-th call, the last `lost` changes of the folder with it.

    How many such states there are, and whether the change was over before.
    """
    case = Case(root, way)
    disk = Disk(root, ("Ash", "Birch/Deep"))
    # What lies in the trash has been safe for long.
    disk.synced |= {file.stat().st_ino for file in root.glob(".comicmaintainer/trash/*")}
    dead = False

    def hook(number: int, name: str, call: Call, args: tuple[Any, ...]) -> Any:
        nonlocal dead
        if dead:
            raise Cut
        try:
            return call()
        finally:
            if name not in JOURNAL:
                disk.note(name, args)
            if number == nth:
                dead = True
                raise Cut

    over = True
    try:
        case.run(hook)
        if case.error is not None:
            raise case.error  # an end for another reason proves nothing
    except Cut:
        over = False
    history = [disk.safe, *disk.since]
    disk.lay_out(history[max(0, len(history) - 1 - lost)])
    list(recover_all())
    _check(case, disk, f"cut after call {nth}, {lost} changes lost")
    for file in disk.keep.iterdir():
        file.unlink()
    return len(history), over


def _check(case: Case, disk: Disk, when: str) -> None:
    found = disk.entries()
    is_done = case.is_done
    before = [name for name, _ in case.before]
    after = [] if case.way.removes else [case.way.result_path]
    wanted = after if is_done else before
    if list(found) != wanted:
        raise Broken(f"{when}: {found}, done: {is_done}")
    if not wanted and case.former not in case.shelf.trash():
        raise Broken(f"{when}: the comic is lost")
    if not set(found.values()) <= disk.synced:
        raise Broken(f"{when}: the comic's bytes were never synced")
    if not is_done and any(sha256(disk.root / name) != case.former for name in wanted):
        raise Broken(f"{when}: it is not the former file")
