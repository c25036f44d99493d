"""Folders that a job makes for comics, and those that it leaves behind: removed only when empty."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import PurePosixPath

from django.db.models import F, Q

from library.exceptions import ComicError
from library.files import opened_beneath
from library.models import Change


def count_missing(root: str, folder: str) -> int:
    """How many of the last parts of a folder's path are not there."""
    parts = _upwards(folder)
    there = (n for n, part in enumerate(parts) if os.path.lexists(f"{root}/{part}"))
    return next(there, len(parts))


def remove_made(root: str, folder: str, count: int) -> None:
    """The last parts of a folder's path, which were made in vain."""
    for part in _upwards(folder)[:count]:
        with suppress(OSError, ComicError):
            _remove_empty(root, part)


def remove_left(root: str, folders: Iterable[str]) -> None:
    """Folders that comics have just left, and those above them that are empty then."""
    for folder in sorted(set(folders), reverse=True):
        with suppress(OSError, ComicError):
            for part in _upwards(folder):
                _remove_empty(root, part)


def clear_away(job: str) -> None:
    """What a job has left behind by moving comics, into other folders or the trash."""
    goes = ~Q(folder=F("new_folder")) | Q(result={})
    gone = Change.objects.done().filter(goes, job=job)
    left: dict[str, set[str]] = {}
    for root, folder in gone.values_list("library__path", "folder").distinct():
        left.setdefault(root, set()).add(folder)
    for root, folders in left.items():
        remove_left(root, folders)


def _upwards(folder: str) -> list[str]:
    """The folder and those above it, without the root."""
    path = PurePosixPath(folder)
    return [str(part) for part in (path, *path.parents) if part.name]


def _remove_empty(root: str, folder: str) -> None:
    """The system itself refuses what is not empty, and links."""
    above, _, name = folder.rpartition("/")
    with opened_beneath(root, above) as opened:
        os.rmdir(name, dir_fd=opened)
