"""What a library's folder and its rows say of each other: what is new, changed or gone.

Most files are as they were, so for these nothing is made that outlives their folder's turn.
"""

import os
import stat
from dataclasses import dataclass, field

from jobs.operations import Check, go_on
from library.models import ComicQuerySet
from library.walking import Found, Walk, found_at, is_hidden, is_named_like_comic, shown

CHUNK = 2000
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
Rows = dict[str, dict[str, tuple[int, int]]]
"""Sizes and dates, by folder and name."""


@dataclass
class Comparison:
    known: int
    """How many rows there are."""
    seen: int = 0
    """How many files there are."""
    changed: list[Found] = field(default_factory=list)
    """New ones too; by path."""
    gone: list[str] = field(default_factory=list)
    """The rows' paths."""
    unreadable: list[str] = field(default_factory=list)


def compare(
    root: str, comics: ComicQuerySet, *, all_changed: bool = False, check: Check = go_on
) -> Comparison:
    """Raises OSError where the root cannot be read, and what `check` raises."""
    rows = _rows(comics)
    result = Comparison(sum(map(len, rows.values())))
    folders = [""]
    while folders:
        check()
        folder = folders.pop()
        here = rows.pop(shown(folder), {})
        try:
            folders += _look(root, folder, here, result, all_changed=all_changed)
        except OSError:
            if not folder:
                raise
            result.unreadable.append(folder)
        else:
            result.gone += (_join(shown(folder), name) for name in here)
    # What was not met lies in folders that are gone, or below those that cannot be read.
    walk = Walk(unreadable=[shown(folder) for folder in result.unreadable])
    left = (_join(folder, name) for folder, names in rows.items() for name in names)
    result.gone += filter(walk.covers, left)
    result.changed.sort(key=lambda found: found.path)
    return result


def _rows(comics: ComicQuerySet) -> Rows:
    rows: Rows = {}
    values = comics.order_by().values_list("folder", "name", "size_bytes", "mtime_ns")
    for folder, name, size, mtime_ns in values.iterator(chunk_size=CHUNK):
        rows.setdefault(folder, {})[name] = (size, mtime_ns)
    return rows


def _look(
    root: str,
    folder: str,
    rows: dict[str, tuple[int, int]],
    result: Comparison,
    *,
    all_changed: bool,
) -> list[str]:
    """The folders in it. Takes from `rows` what is there."""
    folders = []
    # By its descriptor: the system need not find its way to the folder for each file again.
    descriptor = os.open(os.path.join(root, folder), _FOLDER)  # noqa: PTH118
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                name = entry.name
                if is_hidden(name):
                    continue
                if not is_named_like_comic(name):
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(_join(folder, name))
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # renamed or removed just now
                if stat.S_ISDIR(status.st_mode):
                    folders.append(_join(folder, name))
                # A folder or a link that is named like a comic is listed too, with what it is.
                result.seen += 1
                row = rows.pop(name if name.isascii() else shown(name), None)
                if all_changed or row != (status.st_size, status.st_mtime_ns):
                    result.changed.append(found_at(_join(folder, name), status))
    finally:
        os.close(descriptor)
    return folders


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
