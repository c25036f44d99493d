"""Undo one change, or all of a job's: each is a change of its own, journalled like any other."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from library.archives.building import BuiltFile, Workplace, chunks, temporary_name
from library.archives.rebuilding import rebuild
from library.changing import carry_out
from library.exceptions import ComicError, FileChanged, FileProblem
from library.files import (
    FileIdentity,
    identity_at,
    opened_beneath,
    opened_for_reading,
    plain_errors,
)
from library.journal import Intent
from library.models import Change, Comic, TrashedFile
from library.trash import bring_out, remove_from_trash

_UNDONE = gettext_noop("A change of it was undone.")


@dataclass(frozen=True)
class Undone:
    change: Change
    problem: ComicError | None
    """Why it could not be undone; None where it was."""


def undo(
    change: Change,
    *,
    job: UUID | str | None = None,
    position: int | None = None,
    user_id: int | None = None,
) -> Change:
    """Give the comic the file and the name that it had before; the change that did so.

    Raises:
        FileChanged: a later change stands on it, or the file is not its result any more.
        NameTaken: another file has the former name now.
        ComicError: whatever else is in the way; nothing was changed.
    """
    last = _last_standing(change)
    comic = change.comic
    assert comic is not None  # noqa: S101 - it has a last change
    name = last.result_name
    expected = _present(change, last)
    intent = Intent(
        comic,
        "undo",
        expected,
        new_name=change.name if change.name != name else "",
        job=job,
        position=position,
        user_id=user_id,
        before=change.after,
        after=change.before,
        changes=[
            {"field": each["field"], "before": each["after"], "after": each["before"]}
            for each in change.changes
        ],
        row={
            "state": Comic.State.NEEDS_WORK,
            "state_reason": _UNDONE,
            **_former_format(change),
        },
        message=_("Undone."),
        reverts=change,
    )
    done = carry_out(intent, lambda place: _build(change, last, expected, place))
    _leave_trash(change)
    return done


def undo_job(job: UUID | str, *, user_id: int | None = None) -> Iterator[Undone]:
    """Undo what stands of a job, the last change first; one that cannot be undone stays."""
    standing = Change.objects.done().filter(job=job, undone_at=None)
    for change in standing.select_related("comic", "library").order_by("-pk"):
        try:
            undo(change, user_id=user_id)
            yield Undone(change, None)
        except ComicError as problem:
            yield Undone(change, problem)


def _last_standing(change: Change) -> Change:
    """The change whose result the present file is: this one, or an undo that led back to it."""
    if change.state != Change.State.DONE or change.undone_at:
        raise FileChanged(_("There is nothing to undo: this change does not stand."))
    if change.comic is None:
        raise FileProblem(_("This comic is no longer in the library."))
    later = Change.objects.done().filter(comic=change.comic, pk__gt=change.pk)
    if later.filter(undone_at=None, reverts=None).exists():
        raise FileChanged(_("A later change of this comic has to be undone first."))
    return later.order_by("-pk").first() or change


def _present(change: Change, last: Change) -> FileIdentity:
    result = FileIdentity(**last.result or last.former)
    with plain_errors(), opened_beneath(change.library.path, last.folder) as folder:
        present = identity_at(folder, last.result_name)
        if present is None:
            raise FileProblem(_("The file is no longer there."))
        if present != result.within(folder):
            raise FileChanged(_("The file was changed since; it stays as it is."))
    return present


def _former_format(change: Change) -> dict[str, str]:
    """For the comic's row, where the change was a conversion."""
    return {c["field"]: c["before"].lower() for c in change.changes if c["field"] == "format"}


def _build(
    change: Change, last: Change, expected: FileIdentity, place: Workplace
) -> BuiltFile | None:
    if change.result == change.former:
        return None
    if change.keeps_original or change.patch is None:
        return _from_trash(change, last, place)
    path = Path(change.library.path, last.folder, last.result_name)
    return rebuild(path, bytes(change.patch), change.sha256, expected=expected, place=place)


def _from_trash(change: Change, last: Change, place: Workplace) -> BuiltFile:
    trashed = change.trashed_files.first()
    if trashed is None:
        raise FileProblem(_("The original is no longer in the trash."))
    name = temporary_name(place.token)
    with plain_errors(), opened_beneath(change.library.path, last.folder) as folder:
        identity = bring_out(change.library.path, trashed.name, folder, name)
        if _sha256(folder, name) != change.sha256:
            os.unlink(name, dir_fd=folder)
            raise FileChanged(_("The original in the trash is not the file that was put there."))
        return BuiltFile(name, identity, _sha256(folder, last.result_name))


def _sha256(folder: int, name: str) -> str:
    digest = hashlib.sha256()
    with opened_for_reading(name, folder=folder) as file:
        for _offset, chunk in chunks(file, 0, os.fstat(file).st_size):
            digest.update(chunk)
    return digest.hexdigest()


def _leave_trash(change: Change) -> None:
    """The original has its place again; left behind by a crash, it goes when its time is over."""
    if not change.keeps_original:
        return
    for trashed in TrashedFile.objects.filter(change=change):
        with suppress(OSError):
            remove_from_trash(change.library.path, trashed.name)
            trashed.delete()
