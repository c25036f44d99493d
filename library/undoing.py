"""Undo one change: by a change of its own, journalled like any other.

What removed a comic is undone by bringing it out of the trash, and what brought it out by putting
it there again.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from library import originals
from library.archives.constructions import Workplace
from library.archives.rebuilding import Former, rebuilt
from library.exceptions import ComicError, FileChanged, FileProblem, NameTaken
from library.files import FileIdentity, identity_at, opened_beneath, plain_errors
from library.foldering import count_missing
from library.journal import Intent
from library.models import Change, ChangeQuerySet, Comic, TrashedFile
from library.returning import Author, bring_back
from library.trash import removed
from library.work.undo import Step, out_of_trash

_UNDONE = gettext_noop("A change of it was undone.")


@dataclass(frozen=True)
class Undone:
    change: Change
    problem: ComicError | None
    """Why it could not be undone; None where it was."""


@dataclass(frozen=True)
class Undoing:
    """A change that can be undone, as far as could be seen without doing it."""

    change: Change
    comic: Comic
    last: Change
    """The change whose result the present file is: the same one, or an undo that led back to it."""
    present: FileIdentity | None
    """None where the file lies in the trash."""
    kept: Sequence[TrashedFile] = ()
    """Where no patch can give back the former file: the first of them is it."""
    operation: str = "undo"
    message: str = ""

    def intent(self, author: Author) -> Intent:
        change = self.change
        return Intent(
            self.comic,
            self.operation,
            self.present,
            new_name=change.name if change.path != self.last.result_path else "",
            new_folder=change.folder,
            makes=count_missing(change.library.path, change.folder),
            crosses=change.crosses,
            before=change.after,
            after=change.before,
            changes=self.changes,
            row=_row(change),
            message=self.message or _("Undone."),
            reverts=change,
            **author.facts,
        )

    @property
    def changes(self) -> list[Any]:
        """What would differ: the other way round than in the change."""
        return [
            {"field": each["field"], "before": each["after"], "after": each["before"]}
            for each in self.change.changes
        ]

    def step(self, place: Workplace) -> Step:
        change, last, root = self.change, self.last, self.change.library.path
        if change.result == change.former:
            return None
        if self.kept:
            folder = change.folder if change.crosses else last.new_folder
            leaving = None if last.removes else (last.new_folder, last.result_name)
            return partial(
                out_of_trash, root, self.kept[0].name, folder, place,
                sha256=change.sha256, leaving=leaving,
            )  # fmt: skip
        assert self.present is not None  # noqa: S101 - only what was removed is in the trash
        if not change.former:
            return partial(removed, root, last.new_folder, last.result_name, self.present)
        is_damaged = self.comic.verdict == Comic.Verdict.DAMAGED
        former = Former(bytes(change.patch or b""), change.sha256, is_damaged)
        return rebuilt(Path(root, last.result_path), former, self.present, place)


def undo(change: Change) -> Change:
    """Give the comic the file and the name that it had before; the change that did so.

    Raises:
        FileChanged: a later change stands on it, or the file is not its result any more.
        NameTaken: another file has the former name now.
        ComicError: whatever else is in the way; nothing was changed.
    """
    [undone] = bring_back([(look(change), Author())])
    if isinstance(undone, ComicError):
        raise undone
    return undone


def undo_job(job: UUID | str) -> Iterator[Undone]:
    """Undo what stands of a job, the last change first; one that cannot be undone stays."""
    standing = Change.objects.standing().filter(job=job)
    for change in standing.select_related("comic", "library").order_by("-pk"):
        try:
            undo(change)
            yield Undone(change, None)
        except ComicError as problem:
            yield Undone(change, problem)


def look(change: Change, *, after: Collection[int] = ()) -> Undoing:
    """Whether it can be undone, and from what. Nothing is touched, so a preview asks here too.

    `after`: changes, by their ids, that a preview takes to be undone before.

    Raises ComicError, which says why not.
    """
    return Records([change]).look(change, after=after)


class Records:
    """What the database knows of several changes, asked once for all."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self._kept = originals.kept_for(changes)
        self._later: dict[int | None, list[Change]] = {}
        oldest = min((change.pk for change in changes), default=0)
        comics = {change.comic_id for change in changes}
        later = Change.objects.done().filter(comic__in=comics, pk__gt=oldest).order_by("pk")
        for each in later.defer("patch", "before", "after", "changes"):
            self._later.setdefault(each.comic_id, []).append(each)

    def look(self, change: Change, *, after: Collection[int] = ()) -> Undoing:
        """As `undoing.look`, for one of them."""
        if change.state != Change.State.DONE or change.undone_at:
            raise FileChanged(_("There is nothing to undo: this change does not stand."))
        if change.is_imported:
            raise FileProblem(
                _("The old ComicMaintainer made this change and kept nothing to undo it.")
            )
        if change.comic is None:
            raise FileProblem(_("This comic is no longer in the library."))
        last = self._last_standing(change, after)
        present = None if last.removes else _present(change, last)
        _check_name(change, last, after)
        return Undoing(change, change.comic, last, present, self._originals(change))

    def _last_standing(self, change: Change, after: Collection[int]) -> Change:
        later = [each for each in self._later.get(change.comic_id, ()) if each.pk > change.pk]
        if any(_stands_on(each, change) and each.pk not in after for each in later):
            raise FileChanged(_("A later change of this comic has to be undone first."))
        return later[-1] if later else change

    def _originals(self, change: Change) -> list[TrashedFile]:
        """The one that is there comes first."""
        if not change.keeps_original:
            return []
        kept = self._kept[change.pk]
        for n, trashed in enumerate(kept):
            if originals.is_there(trashed):
                return [trashed, *kept[:n], *kept[n + 1 :]]
        raise FileProblem(_("The original is no longer in the trash."))


def _stands_on(later: Change, change: Change) -> bool:
    """Not what was undone since, nor what undid it: both leave the comic where it was."""
    takes_back = later.reverts_id is not None and later.reverts_id > change.pk
    return later.undone_at is None and not takes_back


def _present(change: Change, last: Change) -> FileIdentity:
    result = FileIdentity(**last.result or last.former)
    with plain_errors(), opened_beneath(change.library.path, last.new_folder) as folder:
        present = identity_at(folder, last.result_name)
        if present is None:
            raise FileProblem(_("The file is no longer there."))
        if present != result.within(folder):
            raise FileChanged(_("The file was changed since; it stays as it is."))
    return present


def _check_name(change: Change, last: Change, after: Collection[int]) -> None:
    """Before the work of building, and for a preview; `settle` looks again. Raises NameTaken."""
    if not last.removes and change.path == last.result_path:
        return
    root = change.library.root
    former, present = root / change.path, root / last.result_path
    is_taken = os.path.lexists(former)
    if is_taken and not last.removes:
        with plain_errors():
            is_taken = not (present.exists() and former.samefile(present))
    if is_taken and not _will_move(change, after):
        raise NameTaken(_("“%s” exists already.") % change.name)


def _will_move(change: Change, after: Collection[int]) -> bool:
    """Whether the former name is only taken by a comic that gives it back before."""
    same = Q(new_name=change.name, new_folder=change.folder)
    same &= ~Q(name=change.name, folder=change.folder)
    before: ChangeQuerySet = Change.objects.filter(same, pk__in=after, library=change.library_id)
    return before.exists()


def _row(change: Change) -> dict[str, Any]:
    """A comic that was removed or brought back is as it was; the others are judged anew."""
    if change.removes or not change.former:
        return {}
    found = {each["field"]: each["before"] for each in change.changes}
    row: dict[str, Any] = {"state": Comic.State.NEEDS_WORK, "state_reason": _UNDONE}
    if "format" in found:
        row["format"] = found["format"].lower()
    if "pages" in found:
        row["page_count"] = int(found["pages"])
    return row
