"""Find what is new, changed or gone in a library's folder, and bring its rows up to date."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from jobs.operations import Check, JobError, go_on
from library import newcomers
from library.comparing import Comparison, compare
from library.models import Change, Comic, ComicQuerySet, Library, columns_of
from library.moving import Known, Move, is_same, missing_before, pairs
from library.searching import store_words
from library.walking import Found, shown
from library.work.scan import Scanned
from library.work.verify import keeps_verdict

BATCH = 200
BATCHES = 100
"""A small library is cut into about this many batches, so that its scan shows its progress."""
GONE_SHARE = 0.2
GONE_LEAST = 5


@dataclass(frozen=True)
class Batch:
    """One item of a scan."""

    library: int
    files: list[str] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    moved: list[tuple[int, str]] = field(default_factory=list)
    """The comic that is gone, and where its file seems to be now."""
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
    found = _compare(library, check, all_changed=reread)
    if found.known and not found.seen and not found.unreadable:
        raise JobError(_("“%s” is empty. Is its disk attached? Nothing was forgotten.") % library)
    gone = _rows_of(library, found.gone)
    if found.changed or gone:
        yield from batches_of(
            library, found.changed, gone, found.known, accept_missing=accept_missing
        )
    yield from (Batch(library.pk, unreadable=shown(folder)) for folder in found.unreadable)


def known_comics(comics: ComicQuerySet) -> dict[str, Known]:
    """What the rows say, by path."""
    values = comics.values_list("pk", "path", "size_bytes", "mtime_ns", "fingerprint")
    return {
        path: Known(pk, path, size, mtime_ns, bool(fingerprint))
        for pk, path, size, mtime_ns, fingerprint in values
    }


def differs(file: Found, known: Known | None) -> bool:
    return known is None or (known.size, known.mtime_ns) != (file.size, file.mtime_ns)


def batches_of(
    library: Library,
    changed: Sequence[Found],
    gone: Sequence[Known],
    known: int,
    *,
    accept_missing: bool = False,
) -> Iterator[Batch]:
    """`changed`: new files too. `known`: how many comics the library has.

    Raises JobError where too much is gone; nothing is forgotten.
    """
    moves = _moves(library, changed, gone)
    sure = {move.pk for move in moves if move.is_sure}
    if not accept_missing:
        _check_gone(library, sum(row.pk not in sure for row in gone), known)
    moved, arrived = {move.pk for move in moves}, {move.path for move in moves}
    files = [file.path for file in changed if file.path not in arrived]
    left = [row.pk for row in gone if row.pk not in moved]
    size = max(1, min(BATCH, (len(files) + len(left) + len(moves)) // BATCHES))
    # Before the others: what is read under its new path is a new comic.
    places = [(move.pk, move.path) for move in moves]
    yield from (Batch(library.pk, moved=part) for part in _parts(places, size))
    yield from (Batch(library.pk, files=part) for part in _parts(files, size))
    yield from (Batch(library.pk, gone=part) for part in _parts(left, size))


def _moves(library: Library, changed: Sequence[Found], gone: Sequence[Known]) -> list[Move]:
    """Also of comics that were missed before, and turn up now."""
    taken = _with_rows(library, [file.path for file in changed])
    new = [f for f in changed if f.path not in taken and shown(f.path) == f.path]
    return pairs([*gone, *missing_before(library, {f.size for f in new})], new) if new else []


def _with_rows(library: Library, paths: list[str]) -> set[str]:
    """Those that have a row, present or not."""
    found: set[str] = set()
    for part in _parts([shown(path) for path in paths], BATCH):
        found.update(library.comics.filter(path__in=part).values_list("path", flat=True))
    return found


def _compare(library: Library, check: Check, *, all_changed: bool) -> Comparison:
    comics = library.comics.present()
    try:
        return compare(library.path, comics, all_changed=all_changed, check=check)
    except OSError as error:
        text = _("The folder of “%(library)s” cannot be read (%(why)s). Nothing was forgotten.")
        raise JobError(text % {"library": library, "why": error.strerror}) from error


def _rows_of(library: Library, paths: list[str]) -> list[Known]:
    found: dict[str, Known] = {}
    for part in _parts(paths, BATCH):
        found |= known_comics(library.comics.present().filter(path__in=part))
    return list(found.values())


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
            before = known.get(row.path)
            row.is_new = newcomers.is_new(library, before)
            if before is not None:
                _keep_what_verifying_found(row, before)
        Comic.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["library", "path"],
            update_fields=[*_READ_FIELDS, "is_new", "updated_at"],
        )
        store_words(rows)
    return {"new": len(rows) - len(known), "changed": len(known)}


def follow(library: Library, pk: int, path: str, scanned: Scanned, fingerprint: str) -> bool:
    """Give a comic the path to which its file was moved; whether it is really that file."""
    row = _row(library, path, scanned)
    # Another scan may have listed it there just now.
    with suppress(IntegrityError), transaction.atomic():
        comic = library.comics.select_for_update().filter(pk=pk).first()
        if comic is None or not is_same(comic, scanned, fingerprint):
            return False
        # Its own file is back, or one of our changes is about to move it.
        if is_there(library.root, comic.path) or Change.objects.open().filter(comic=pk).exists():
            return False
        _keep_what_verifying_found(row, comic)
        fields = [*_PLACE_FIELDS, *_READ_FIELDS, "updated_at"]
        row.pk = comic.pk
        row.save(force_update=True, update_fields=fields)
        store_words([row])
        return True
    return False


def _keep_what_verifying_found(row: Comic, before: Comic) -> None:
    """A scan looks less deep, so it does not take back that this very file is damaged."""
    verified = (before.verified_size_bytes, before.verified_mtime_ns)
    is_same = verified == (row.size_bytes, row.mtime_ns)
    if is_same and keeps_verdict(before.verdict, row.verdict):
        row.verdict, row.verdict_reason = before.verdict, before.verdict_reason


_PLACE_FIELDS = ["path", "folder", "name"]
_READ_FIELDS = [
    "size_bytes",
    "mtime_ns",
    "format",
    "state",
    "state_reason",
    "verdict",
    "verdict_reason",
    "page_count",
    *columns_of({}),
    "present",
    "missing_since",
]


_ODD_NAME = gettext_noop("Its path is not valid UTF-8. Rename it first.")


def _row(library: Library, path: str, scanned: Scanned) -> Comic:
    # Its row cannot lead back to it, so nothing may be done with it.
    has_odd_name = shown(path) != path
    identity = scanned["identity"]
    pure = PurePosixPath(shown(path))
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
        **columns_of(scanned["tags"]),
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
