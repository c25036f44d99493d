"""Give a file in the trash its place again.

Where the change that put it there stands, that is an undo of this change, so that the comic gets
its history and its tags back too. Else the file comes back to a name that is free.
"""

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from jobs.operations import FieldChange
from library import originals, undoing
from library.changing import carry_out
from library.exceptions import FileChanged, FileProblem, NameTaken
from library.journal import Intent
from library.models import Change, Comic, TrashedFile


@dataclass(frozen=True)
class Author:
    """On whose behalf."""

    job: UUID | str | None = None
    position: int | None = None
    user_id: int | None = None


def foresee(trashed: TrashedFile) -> list[FieldChange]:
    """What would differ; nothing is touched. Raises ComicError where it cannot be restored."""
    if (change := _standing(trashed)) is not None:
        return undoing.look(change).changes
    _check(trashed)
    return _changes(trashed)


def restore(trashed: TrashedFile, author: Author = Author()) -> Change:  # noqa: B008 - frozen
    """Raises ComicError."""
    message = _("Restored from the trash.")
    if (change := _standing(trashed)) is not None:
        return undoing.undo(change, operation="restore", message=message, **author.__dict__)
    _check(trashed)
    done = carry_out(
        Intent(
            _comic(trashed),
            "restore",
            None,
            changes=list(_changes(trashed)),
            row=_ROW,
            message=message,
            **author.__dict__,
        ),
        lambda place: originals.bring_out_file(
            trashed, _folder(trashed), place, sha256=_sha256(trashed)
        ),
    )
    originals.let_go_file(trashed)
    return done


_ROW: dict[str, Any] = {
    # The next scan takes it for a file that was changed, and reads it.
    "mtime_ns": 0,
    "verdict": Comic.Verdict.UNREAD,
    "verdict_reason": "",
    "state": Comic.State.NEEDS_WORK,
    "state_reason": "",
    "page_count": None,
}


def _standing(trashed: TrashedFile) -> Change | None:
    """What put it there, where undoing that gives this file back."""
    change = trashed.change
    if change is None or change.comic is None:
        return None
    stands = change.state == Change.State.DONE and change.undone_at is None
    return change if stands and originals.is_needed(change) else None


def _check(trashed: TrashedFile) -> None:
    if not originals.is_there(trashed):
        raise FileProblem(_("The file is no longer in the trash."))
    if os.path.lexists(Path(trashed.library.path, trashed.path)):
        raise NameTaken(_("“%s” exists already.") % PurePosixPath(trashed.path).name)
    if Change.objects.open().filter(comic__library=trashed.library_id, comic__path=trashed.path):
        raise FileChanged(_("Another change of this comic is under way."))


def _comic(trashed: TrashedFile) -> Comic:
    """The row of this path, which is nobody's: no file is there."""
    path = PurePosixPath(trashed.path)
    comic, _made = Comic.objects.select_related("library").get_or_create(
        library=trashed.library,
        path=trashed.path,
        defaults={
            "folder": _folder(trashed),
            "name": path.name,
            "format": path.suffix[1:5].lower(),
            "present": False,
        },
    )
    return comic


def _folder(trashed: TrashedFile) -> str:
    return trashed.path.rpartition("/")[0]


def _changes(trashed: TrashedFile) -> list[FieldChange]:
    return [{"field": "path", "before": "", "after": trashed.path}]


def _sha256(trashed: TrashedFile) -> str:
    """Of what was put there, where that is on record."""
    change = trashed.change
    is_done = change is not None and change.state == Change.State.DONE
    return change.sha256 if change is not None and is_done else ""
