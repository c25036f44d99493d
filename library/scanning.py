"""Find what is new, changed or gone in a library's folder, and bring its rows up to date."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from jobs.operations import Check, JobError, go_on
from library.models import Comic, Library
from library.work.scan import Scanned
from library.work.verify import keeps_verdict

SUFFIXES = (".cbz", ".cbr", ".cb7", ".cbt")
BATCH = 200
BATCHES = 100
"""A small library is cut into about this many batches, so that its scan shows its progress."""
GONE_SHARE = 0.2
GONE_LEAST = 5


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


@dataclass(frozen=True)
class Batch:
    """One item of a scan."""

    library: int
    files: list[str] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    unreadable: str = ""

    def key(self) -> str:
        # ASCII, so that surrogates survive in the database.
        return json.dumps(self.__dict__)

    @classmethod
    def of(cls, key: str) -> "Batch":
        return cls(**json.loads(key))


def batches(
    library: Library, *, reread: bool, accept_missing: bool, check: Check = go_on
) -> Iterator[Batch]:
    """What a scan has to look at: new and changed files (all with `reread`), and missing ones.

    Raises JobError where the folder is away or empty, or too much is gone; nothing is forgotten.
    """
    found = _walk_library(library, check)
    known = {
        path: (pk, size, mtime_ns)
        for pk, path, size, mtime_ns in library.comics.present().values_list(
            "pk", "path", "size_bytes", "mtime_ns"
        )
    }
    here = {shown(file.path) for file in found.found}
    gone = [pk for path, (pk, *_rest) in known.items() if path not in here and found.covers(path)]
    if known and not here:
        raise JobError(_("“%s” is empty. Is its disk attached? Nothing was forgotten.") % library)
    if not accept_missing:
        _check_gone(library, len(gone), len(known))
    changed = [
        file.path
        for file in found.found
        if reread or known.get(shown(file.path), ())[1:] != (file.size, file.mtime_ns)
    ]
    size = max(1, min(BATCH, (len(changed) + len(gone)) // BATCHES))
    yield from (Batch(library.pk, files=part) for part in _parts(changed, size))
    yield from (Batch(library.pk, gone=part) for part in _parts(gone, size))
    yield from (Batch(library.pk, unreadable=shown(folder)) for folder in found.unreadable)


def _walk_library(library: Library, check: Check) -> Walk:
    try:
        return walk(library.path, check)
    except OSError as error:
        text = _("The folder of “%(library)s” cannot be read (%(why)s). Nothing was forgotten.")
        raise JobError(text % {"library": library, "why": error.strerror}) from error


def _check_gone(library: Library, gone: int, known: int) -> None:
    if gone > GONE_LEAST and gone > GONE_SHARE * known:
        text = _(
            "%(gone)d of %(known)d comics of “%(library)s” are gone. Nothing was forgotten. "
            "If that is right, scan again and accept it."
        )
        raise JobError(text % {"gone": gone, "known": known, "library": library})


def _parts(values: list[Any], size: int) -> Iterator[list[Any]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def store(library: Library, scanned: Iterable[tuple[str, Scanned]]) -> dict[str, int]:
    """Write what was read, (path, result) each; how many were `new` and how many `changed`."""
    rows = [_row(library, path, result) for path, result in scanned]
    paths = [row.path for row in rows]
    with transaction.atomic():
        known = {comic.path: comic for comic in library.comics.filter(path__in=paths)}
        for row in rows:
            if row.path in known:
                _keep_what_verifying_found(row, known[row.path])
        Comic.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["library", "path"],
            update_fields=[*_READ_FIELDS, "updated_at"],
        )
    return {"new": len(rows) - len(known), "changed": len(known)}


def _keep_what_verifying_found(row: Comic, before: Comic) -> None:
    """A scan looks less deep, so it does not take back that this very file is damaged."""
    verified = (before.verified_size_bytes, before.verified_mtime_ns)
    is_same = verified == (row.size_bytes, row.mtime_ns)
    if is_same and keeps_verdict(before.verdict, row.verdict):
        row.verdict, row.verdict_reason = before.verdict, before.verdict_reason


_READ_FIELDS = [
    "size_bytes",
    "mtime_ns",
    "format",
    "state",
    "state_reason",
    "verdict",
    "verdict_reason",
    "page_count",
    "tags",
    "series",
    "issue",
    "present",
    "missing_since",
]


_ODD_NAME = gettext_noop("Its path is not valid UTF-8. Rename it first.")


def _row(library: Library, path: str, scanned: Scanned) -> Comic:
    # Its row cannot lead back to it, so nothing may be done with it.
    has_odd_name = shown(path) != path
    identity = scanned["identity"]
    pure = PurePosixPath(shown(path))
    tags = scanned["tags"]
    return Comic(
        library=library,
        path=str(pure),
        folder="" if str(pure.parent) == "." else str(pure.parent),
        name=pure.name,
        format=scanned["format"],
        size_bytes=identity["size"] if identity else 0,
        mtime_ns=identity["mtime_ns"] if identity else 0,
        state=scanned["state"],
        state_reason=scanned["state_reason"],
        verdict=Comic.Verdict.REFUSED if has_odd_name else scanned["verdict"],
        verdict_reason=_ODD_NAME if has_odd_name else scanned["reason"],
        page_count=scanned["page_count"] or None,
        tags=tags,
        series=tags.get("Series", "")[:500],
        issue=tags.get("Number", "")[:50],
        present=True,
        missing_since=None,
        updated_at=now(),
    )


def is_there(root: Path, path: str) -> bool:
    """Whether there is an entry under the path, and no link on the way to it."""
    file = root / path
    folders = (root / parent for parent in PurePosixPath(path).parents)
    return os.path.lexists(file) and not any(f.is_symlink() for f in folders if f != root)


def mark_missing(library: Library, ids: list[int], *, when: datetime | None = None) -> int:
    """Mark comics whose files are really not there; how many."""
    gone = [
        comic.pk
        for comic in library.comics.filter(pk__in=ids, present=True)
        if not is_there(library.root, comic.path)
    ]
    marked = library.comics.filter(pk__in=gone, present=True)
    return marked.update(present=False, missing_since=when or now())
