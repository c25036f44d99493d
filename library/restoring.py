"""Give a file in the trash its place again.

Where the change that put it there stands, that is an undo of this change, so that the comic gets
its history and its tags back too. Else the file comes back to a name that is free.
"""

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from jobs.operations import FieldChange
from library import originals, undoing
from library.archives.constructions import Workplace
from library.exceptions import ComicError, FileChanged, FileProblem, NameTaken
from library.journal import Intent
from library.models import Change, Comic, TrashedFile
from library.returning import Author, Return
from library.work.undo import Step, out_of_trash

_RESTORED = gettext_noop("Restored from the trash.")


@dataclass(frozen=True)
class Restoring:
    """A file that nobody knows a change of, on its way to its place."""

    trashed: TrashedFile

    @property
    def changes(self) -> list[FieldChange]:
        return [{"field": "path", "before": "", "after": self.trashed.path}]

    @property
    def kept(self) -> list[TrashedFile]:
        return [self.trashed]

    def intent(self, author: Author) -> Intent:
        comic, changes = _comic(self.trashed), list(self.changes)
        message = _(_RESTORED)
        return Intent(
            comic, "restore", None, changes=changes, row=_ROW, message=message, **author.facts
        )

    def step(self, place: Workplace) -> Step:
        it = self.trashed
        return partial(out_of_trash, it.library.path, it.name, it.folder, place, sha256=_sha256(it))


def look_all(files: Collection[TrashedFile]) -> dict[int, Return | ComicError]:
    """By their ids, whether each can be restored, and what would differ; nothing is touched."""
    changes = {trashed.pk: _standing(trashed) for trashed in files}
    records = undoing.Records([change for change in changes.values() if change])
    found: dict[int, Return | ComicError] = {}
    for trashed in files:
        try:
            found[trashed.pk] = _look(trashed, changes[trashed.pk], records)
        except ComicError as error:
            found[trashed.pk] = error
    return found


def _look(trashed: TrashedFile, change: Change | None, records: undoing.Records) -> Return:
    """Raises ComicError where it cannot be restored."""
    if change is not None:
        return replace(records.look(change), operation="restore", message=_(_RESTORED))
    _check(trashed)
    return Restoring(trashed)


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
    return change if stands and change.keeps_original else None


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
            "folder": trashed.folder,
            "name": path.name,
            "format": path.suffix[1:5].lower(),
            "present": False,
        },
    )
    return comic


def _sha256(trashed: TrashedFile) -> str:
    """Of what was put there, where that is on record."""
    change = trashed.change
    is_done = change is not None and change.state == Change.State.DONE
    return change.sha256 if change is not None and is_done else ""
