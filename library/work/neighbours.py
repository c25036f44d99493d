"""The names beside a comic, which tell what its own means; cheap enough to ask for each comic."""

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from library.metadata.filenames.siblings import MOST

_SUFFIXES = (".cbz", ".cbr", ".cb7", ".cbt", ".zip", ".rar", ".7z", ".tar")
_FOLDERS = 64
_FRESH_SECONDS = 10
"""A job renames comic after comic, and each changes the folder: it is not read again for that."""


@dataclass
class _Listing:
    names: tuple[str, ...]
    mtime_ns: int
    read_at: float


_listings: OrderedDict[str, _Listing] = OrderedDict()


def neighbours(path: Path, *, clock: Callable[[], float] = time.monotonic) -> tuple[str, ...]:
    """Names of comics in the folder, at most MOST; () where the folder cannot be read.

    Names that were there before stay: while a job renames a folder's comics, the last one is
    read in the same company as the first.
    """
    folder = os.path.dirname(path)  # noqa: PTH120 - asked for each comic, and ten times as fast
    listing = _listings.get(folder)
    now = clock()
    if listing is None or now - listing.read_at > _FRESH_SECONDS:
        listing = _listings[folder] = _read(folder, listing, now)
        while len(_listings) > _FOLDERS:
            _listings.popitem(last=False)
    return listing.names


def _read(folder: str, before: _Listing | None, now: float) -> _Listing:
    try:
        mtime_ns = os.stat(folder).st_mtime_ns  # noqa: PTH116
        if before and before.mtime_ns == mtime_ns:
            return _Listing(before.names, mtime_ns, now)
        names = dict.fromkeys([*(before.names if before else ()), *islice(_comics(folder), MOST)])
    except OSError:
        return _Listing((), 0, now)
    return _Listing(tuple(islice(names, MOST)), mtime_ns, now)


def _comics(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.lower().endswith(_SUFFIXES):
                yield entry.name
