"""Two ways to learn that something happened in a library: the system's events, or looking."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from threading import Event
from time import monotonic
from typing import Protocol

from django.utils.translation import gettext as _
from watchfiles import Change
from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

from jobs.mounts import MOUNTS, file_systems_beneath, is_remote
from library.walking import Walk, is_hidden, is_named_like_comic, shown, walk

VIRTUAL = {"virtiofs", "vboxsf", "vmhgfs", "prl_fs", "fakeowner"}
"""Folders of the machine that this one is a guest of, which changes them unseen."""
GROUP_MS = 1000
STEP_MS = 200
DRAIN_MS = 50
TRIES = 3
POLL_SHARE = 20
"""A walk that takes a second is made every twenty at most."""
MOST_SECONDS = 60
"""Where events tell of something and not of what, it is waited for no longer."""


class CannotWatch(Exception):
    """There are no events to be had; the message says why, and what can be done."""


@dataclass
class News:
    """Relative to the library's root."""

    files: set[str] = field(default_factory=set)
    """Named like comics: added, changed or gone."""
    new_folders: set[str] = field(default_factory=set)
    gone_folders: set[str] = field(default_factory=set)
    everything: bool = False
    """Anything may have happened."""


class Eye(Protocol):
    method: str

    def wait(self, seconds: float, stopping: Event) -> News:
        """What happened; returns at the latest when the time is over."""

    def looked(self, walk: Walk, took_seconds: float) -> None:
        """The whole library was walked through."""

    def close(self) -> None: ...


class Polling:
    method = "polling"

    def __init__(self, every_seconds: float) -> None:
        self._every_seconds = every_seconds
        self._due = 0.0

    def wait(self, seconds: float, stopping: Event) -> News:
        stopping.wait(seconds)
        return News(everything=monotonic() >= self._due)

    def looked(self, walk: Walk, took_seconds: float) -> None:
        self._due = monotonic() + max(self._every_seconds, POLL_SHARE * took_seconds)

    def close(self) -> None:
        pass


class Events:
    """Each folder is watched by itself, not the tree: watchfiles would follow links out of the
    library, and in a new folder miss what was there before its watch was."""

    method = "events"

    def __init__(self, root: str) -> None:
        """Raises CannotWatch, and OSError where the root cannot be read."""
        self._root = root
        self._folders: set[str] = set()
        self._unreadable: set[str] = set()
        self._notify: RustNotify | None = None
        self._left: set[tuple[int, str]] = set()
        """What the watches before these have seen last."""
        self._took_seconds = 0.0
        self.looked(walk(root), 0)

    def wait(self, seconds: float, stopping: Event) -> News:
        assert self._notify is not None  # noqa: S101 - it is open
        if self._left:
            left, self._left = self._left, set()
            return self._news(left)
        try:
            changes = self._notify.watch(GROUP_MS, STEP_MS, int(seconds * 1000), stopping)
        except WatchfilesRustInternalError:
            # A name that is not UTF-8, for one. It has no end but a new start.
            self._watch(self._folders)
            stopping.wait(max(seconds, min(POLL_SHARE * self._took_seconds, MOST_SECONDS)))
            return News(everything=True)
        return self._news(changes) if isinstance(changes, set) else News()

    def _news(self, changes: set[tuple[int, str]]) -> News:
        news = News()
        # A folder may be gone and there again: then it is another one.
        for change, path in sorted(changes, reverse=True):
            inside = os.path.relpath(path, self._root)
            if inside != "." and not any(map(is_hidden, PurePosixPath(inside).parts)):
                self._sort_in(news, change, inside)
        if news.new_folders:
            self._watch(self._folders | news.new_folders)
        return news

    def _sort_in(self, news: News, change: int, path: str) -> None:
        if change == Change.deleted and path in self._folders:
            self._folders -= {f for f in self._folders if f == path or f.startswith(f"{path}/")}
            news.gone_folders.add(path)
        elif path in self._unreadable or self._has_become_unreadable(path):
            news.everything = True
        elif path not in self._folders and _is_folder(self._root, path):
            news.new_folders.add(path)
            with suppress(OSError):
                news.new_folders.update(walk(self._root, top=path).folders)
        if is_named_like_comic(path):
            news.files.add(path)

    def _has_become_unreadable(self, path: str) -> bool:
        """Its mode or its owner is another one."""
        return path in self._folders and not os.access(Path(self._root, path), os.R_OK | os.X_OK)

    def looked(self, walk: Walk, took_seconds: float) -> None:
        self._unreadable = set(walk.unreadable)
        self._took_seconds = took_seconds
        if self._notify is None or self._folders != set(walk.folders):
            self._watch(walk.folders)

    def _watch(self, folders: Iterable[str]) -> None:
        """What happens while the watches change hands is not lost. Raises CannotWatch."""
        before, self._folders = self._notify, set(folders)
        self._notify = _notify(self._root, self._folders)
        if before is not None:
            with suppress(WatchfilesRustInternalError):
                changes = before.watch(DRAIN_MS, DRAIN_MS, DRAIN_MS, None)
                self._left |= changes if isinstance(changes, set) else set()
            before.close()

    def close(self) -> None:
        if self._notify is not None:
            self._notify.close()


def _is_folder(root: str, path: str) -> bool:
    folder = Path(root, path)
    return folder.is_dir() and not folder.is_symlink()


def _notify(root: str, folders: Iterable[str]) -> RustNotify:
    """Raises CannotWatch, and FileNotFoundError where folders come and go too fast."""
    for attempt in range(1, TRIES + 1):
        paths = [str(Path(root, folder)) for folder in folders if shown(folder) == folder]
        try:
            return RustNotify([p for p in paths if os.path.isdir(p)], *_HOW)  # noqa: PTH112
        except FileNotFoundError:
            if attempt == TRIES:
                raise
        except OSError as error:
            text = _(
                "It has more folders than the system lets anyone watch. Raise "
                "fs.inotify.max_user_watches to more than %d."
            )
            raise CannotWatch(text % len(paths)) from error
        except WatchfilesRustInternalError as error:
            text = _("The system gives no more watches. Raise fs.inotify.max_user_instances.")
            raise CannotWatch(text) from error
    raise AssertionError


_HOW = (False, False, 0, False, True)
"""No debug output, no polling (every 0 ms), not recursive, and what may not be read is left out."""


def open_eye(root: str, *, poll_seconds: float) -> tuple[Eye, str]:
    """The better way for this folder, and why it is not the best where it is not.

    Raises OSError where the folder cannot be read.
    """
    kinds = file_systems_beneath(Path(root), MOUNTS)
    if blind := sorted(kind for kind in kinds if is_remote(kind) or kind in VIRTUAL):
        text = _("Its file system (%s) does not tell what other machines change.")
        return Polling(poll_seconds), text % ", ".join(blind)
    try:
        return Events(root), ""
    except CannotWatch as error:
        return Polling(poll_seconds), str(error)
