"""Undo one change: by a change of its own, journalled like any other.

What removed a comic is undone by bringing it out of the trash, and what brought it out by putting
it there again.
"""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from jobs.operations import Child
from library import originals
from library.archives.building import BuiltFile, Workplace
from library.archives.rebuilding import Former
from library.changing import Built, carry_out, carry_out_all
from library.exceptions import ComicError, FileChanged, FileProblem, NameTaken
from library.files import FileIdentity, identity_at, opened_beneath, plain_errors, try_each
from library.foldering import count_missing
from library.journal import Intent
from library.models import Change, ChangeQuerySet, Comic
from library.place import FolderGone
from library.trash import digest, removed

_REBUILD = "library.archives.rebuilding:rebuild"
_UNDONE = gettext_noop("A change of it was undone.")


def _called(function: str, /, *args: Any) -> Any:
    """Where no pool is at hand."""
    module, _colon, name = function.partition(":")
    return getattr(import_module(module), name)(*args)


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

    def intent(self, *, operation: str = "undo", message: str = "", **author: Any) -> Intent:
        """`author`: on whose behalf, as `Intent` has it."""
        change = self.change
        return Intent(
            self.comic,
            operation,
            self.present,
            new_name=change.name if change.path != self.last.result_path else "",
            new_folder=change.folder,
            makes=count_missing(change.library.path, change.folder),
            crosses=change.crosses,
            before=change.after,
            after=change.before,
            changes=self.changes,
            row=_row(change),
            message=message or _("Undone."),
            reverts=change,
            **author,
        )

    @property
    def changes(self) -> list[Any]:
        """What would differ: the other way round than in the change."""
        return [
            {"field": each["field"], "before": each["after"], "after": each["before"]}
            for each in self.change.changes
        ]


def undo(
    change: Change,
    *,
    operation: str = "undo",
    job: UUID | str | None = None,
    position: int | None = None,
    user_id: int | None = None,
    message: str = "",
    child: Child = _called,
) -> Change:
    """Give the comic the file and the name that it had before; the change that did so.

    `child` reads and rebuilds the file.

    Raises:
        FileChanged: a later change stands on it, or the file is not its result any more.
        NameTaken: another file has the former name now.
        ComicError: whatever else is in the way; nothing was changed.
    """
    plan = look(change)
    intent = plan.intent(
        operation=operation, job=job, position=position, user_id=user_id, message=message
    )
    try:
        done = carry_out(intent, lambda place: _build(plan, place, child))
    except FolderGone:  # the job that emptied it has just cleared it away
        done = carry_out(intent, lambda place: _build(plan, place, child))
    originals.let_go(change)
    return done


def undo_together(
    changes: Sequence[Change], intents: Callable[[Undoing], Intent], child: Child = _called
) -> list[Change | ComicError]:
    """The same for several whose comics change places, all or none.

    `intents` makes the intent of each, by `Undoing.intent`. Raises ComicError where one cannot be
    undone.
    """
    plans = [look(change, after={each.pk for each in changes}) for change in changes]

    def build(places: Sequence[Workplace]) -> list[Built | ComicError]:
        built: dict[int, Built] = {}
        problems: dict[int, ComicError] = {}

        def step(n: int) -> None:
            built[n] = _build(plans[n], places[n], child)

        try_each(range(len(plans)), step, problems)
        return [problems.get(n) or built[n] for n in range(len(plans))]

    done = carry_out_all([intents(plan) for plan in plans], build)
    for change, result in zip(changes, done, strict=True):
        if isinstance(result, Change):
            originals.let_go(change)
    return done


def undo_job(job: UUID | str, *, user_id: int | None = None) -> Iterator[Undone]:
    """Undo what stands of a job, the last change first; one that cannot be undone stays."""
    standing = Change.objects.standing().filter(job=job)
    for change in standing.select_related("comic", "library").order_by("-pk"):
        try:
            undo(change, user_id=user_id)
            yield Undone(change, None)
        except ComicError as problem:
            yield Undone(change, problem)


def look(change: Change, *, after: Collection[int] = ()) -> Undoing:
    """Whether it can be undone, and from what. Nothing is touched, so a preview asks here too.

    `after`: changes, by their ids, that a preview takes to be undone before.

    Raises ComicError, which says why not.
    """
    if change.state != Change.State.DONE or change.undone_at:
        raise FileChanged(_("There is nothing to undo: this change does not stand."))
    if change.is_imported:
        raise FileProblem(
            _("The old ComicMaintainer made this change and kept nothing to undo it.")
        )
    if change.comic is None:
        raise FileProblem(_("This comic is no longer in the library."))
    last = _last_standing(change, change.comic, after)
    present = None if last.removes else _present(change, last)
    _check_name(change, last, after)
    if originals.is_needed(change):
        originals.of(change)
    return Undoing(change, change.comic, last, present)


def _last_standing(change: Change, comic: Comic, after: Collection[int]) -> Change:
    later = Change.objects.done().filter(comic=comic, pk__gt=change.pk)
    # An undo is undone only while it is the last that was done.
    others = later if change.reverts_id else later.filter(undone_at=None, reverts=None)
    if others.exclude(pk__in=after).exists():
        raise FileChanged(_("A later change of this comic has to be undone first."))
    return later.order_by("-pk").first() or change


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


def _build(plan: Undoing, place: Workplace, child: Child) -> Built:
    change, last, root = plan.change, plan.last, plan.change.library.path
    if change.result == change.former:
        return None
    if originals.is_needed(change):
        folder = change.folder if change.crosses else last.new_folder
        built = originals.bring_out(change, folder, place)
        return built if last.removes else _with_former(built, root, last)
    assert plan.present is not None  # noqa: S101 - only what was removed is in the trash
    if not change.former:
        return removed(root, last.new_folder, last.result_name, plan.present)
    path = Path(root, last.result_path)
    is_damaged = plan.comic.verdict == Comic.Verdict.DAMAGED
    former = Former(bytes(change.patch or b""), change.sha256, is_damaged)
    rebuilt: BuiltFile = child(_REBUILD, path, former, plan.present, place)
    return rebuilt


def _with_former(built: BuiltFile, root: str, last: Change) -> BuiltFile:
    with plain_errors(), opened_beneath(root, last.new_folder) as folder:
        return BuiltFile(built.name, built.identity, digest(folder, last.result_name))
