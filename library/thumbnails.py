"""The small pictures that were made, on disk: a cache that may be deleted at any time.

A name holds the comic, the version of its file, the page and the width, so a file that has changed
has no picture yet, and nothing needs to be taken back when a comic changes or goes.
"""

import itertools
import logging
import os
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from jobs.operations import Check, go_on
from library.models import Comic

logger = logging.getLogger(__name__)

RETRY_SECONDS = 3600
"""When it is tried again to make a picture that could not be made for a reason that may pass."""
SWEEP_EVERY = 2000
"""So many new pictures: a server may have no worker beside it that does so by the hour."""
_PICTURE, _NONE, _NONE_NOW = b"R", b"!", b"?"
"""What a file begins with: a WebP image, or why there is none, for good or for the moment."""
_SHARDS = 256
_SHARE_LEFT = 0.9
_DRAFT_SUFFIX = ".new"
_kept = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Key:
    comic: int
    version: str
    page: int
    width: int

    @property
    def file(self) -> Path:
        name = f"{self.comic}.{self.version}.{self.page}.{self.width}"
        return folder() / f"{self.comic % _SHARDS:02x}" / name


@dataclass(frozen=True, slots=True)
class NoThumbnail:
    reason: str


def folder() -> Path:
    return Path(settings.DATA_DIR) / "thumbnails"


def find(key: Key) -> bytes | NoThumbnail | None:
    """The picture, or why there is none; None where it has not been tried."""
    try:
        content = key.file.read_bytes()
    except FileNotFoundError:
        return None
    mark = content[:1]
    if mark == _PICTURE:
        return content
    if mark == _NONE or (mark == _NONE_NOW and not _is_over(key.file)):
        return NoThumbnail(content[1:].decode(errors="replace"))
    return None  # also where a power cut has left it empty


def keep(key: Key, picture: bytes) -> None:
    _write(key.file, picture)
    if next(_kept) % SWEEP_EVERY == 0:
        threading.Thread(target=_sweep_aside, name="thumbnails", daemon=True).start()


def keep_reason(key: Key, reason: str, *, may_pass: bool) -> None:
    _write(key.file, (_NONE_NOW if may_pass else _NONE) + reason.encode())


def sweep(check: Check = go_on) -> int:
    """Remove what is of no comic, or of a former file, and the longest unused of what is over
    THUMBNAILS_MB; how many."""
    removed, left = 0, []
    for shard in sorted(folder().glob("??")):
        check()
        current, stale = _sorted_out(shard)
        removed += _remove(stale)
        left += current
    limit = settings.THUMBNAILS_MB * 2**20
    if sum(size for _used, size, _file in left) > limit:
        removed += _remove(_longest_unused(left, limit * _SHARE_LEFT))
    return removed


def _sweep_aside() -> None:
    try:
        sweep()
    except DatabaseError as error:
        logger.warning("thumbnails not swept: %s", error)
    finally:
        connection.close()


def _is_over(file: Path) -> bool:
    return time.time() - file.stat().st_mtime > RETRY_SECONDS


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all. A disk that is full is no reason not to show what was made."""
    draft = file.with_name(secrets.token_hex(8) + _DRAFT_SUFFIX)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
        draft.replace(file)
    except OSError as error:
        logger.warning("thumbnail not kept file=%s: %s", file.name, error)
        with suppress(OSError):
            draft.unlink()


_Kept = tuple[float, int, Path]
"""When it was last used, its size, and where it is."""


def _sorted_out(shard: Path) -> tuple[list[_Kept], list[Path]]:
    """The pictures of the comics' present files, and what can go."""
    by_comic: dict[int, list[_Kept]] = defaultdict(list)
    stale = []
    with os.scandir(shard) as entries:
        for entry in entries:
            status = entry.stat()
            comic = entry.name.partition(".")[0]
            if comic.isdecimal() and not entry.name.endswith(_DRAFT_SUFFIX):
                used = max(status.st_atime, status.st_mtime)
                by_comic[int(comic)].append((used, status.st_size, Path(entry.path)))
            elif time.time() - status.st_mtime > RETRY_SECONDS:
                stale.append(Path(entry.path))
    current: list[_Kept] = []
    versions = _versions(by_comic)
    for comic_id, kept in by_comic.items():
        for each in kept:
            is_current = each[2].name.split(".")[1] == versions.get(comic_id)
            current.append(each) if is_current else stale.append(each[2])
    return current, stale


def _versions(comics: Collection[int]) -> dict[int, str]:
    rows = Comic.objects.filter(pk__in=list(comics)).only("size_bytes", "mtime_ns")
    return {comic.pk: comic.version for comic in rows}


def _longest_unused(kept: list[_Kept], most_bytes: float) -> Iterator[Path]:
    """So many that the others fit."""
    left = sum(size for _used, size, _file in kept)
    for _used, size, file in sorted(kept):
        if left <= most_bytes:
            return
        left -= size
        yield file


def _remove(files: Iterable[Path]) -> int:
    removed = 0
    for file in files:
        with suppress(OSError):
            file.unlink()
            removed += 1
    return removed
