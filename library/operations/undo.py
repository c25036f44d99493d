"""Undo: changes are taken back, the last one first."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jobs import lifecycle
from jobs.operations import (
    Arrangement,
    Check,
    Child,
    Options,
    Outcome,
    Result,
    Selection,
    SelectionError,
    Target,
    Task,
    go_on,
    register,
)
from library import undoing
from library.change_operation import ChangeOperation, Foreseen, NothingToDo, check_preview
from library.exceptions import ComicError, FileChanged
from library.filters import ids_of, job_of
from library.journal import Intent
from library.models import Change, ChangeQuerySet
from library.rotating import rounds
from library.together import do_together
from library.undoing import Undoing, undo_together

WAIT_SECONDS = 60
LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Key:
    """An item's key: a change, its comic, and those of the job's changes that are undone before
    it because they stand in its way."""

    change: int
    comic: int
    after: frozenset[int] = frozenset()

    def __str__(self) -> str:
        return " ".join(map(str, (self.change, self.comic, *sorted(self.after))))

    @classmethod
    def of(cls, key: str) -> "Key":
        change, comic, *after = map(int, key.split())
        return cls(change, comic, frozenset(after))


@register
class Undo(ChangeOperation):
    name = "undo"
    label = gettext_lazy("Undo")
    call = gettext_lazy("Undo the changes of %s")
    arranges = True
    child_modules = ("library.archives.rebuilding",)
    summary = gettext_lazy("Takes changes back, each to the byte, the last one first.")
    changed_word = gettext_lazy("undone")

    def targets(
        self, selection: Selection, options: Options, check: Check = go_on
    ) -> Iterable[Target]:
        changes = _selected(selection)
        if not changes.exists():
            raise SelectionError(_("There is nothing left to undo."))
        return list(_in_reverse(changes))

    def scope(self, selection: Selection) -> str:
        if "job" in selection:
            return _("What job %s did") % str(selection["job"])[:8]
        count = len(selection.get("changes", []))
        return ngettext("%d change", "%d changes", count) % count

    def item_facts(self, key: str) -> dict[str, Any]:
        return {"comic_id": Key.of(key).comic or None}

    def arrange(
        self, items: Iterable[tuple[int, str]], options: Options, check: Check = go_on
    ) -> Iterable[Arrangement]:
        """Which of them change places, and so have to be undone together."""
        positions = {Key.of(key).change: position for position, key in items}
        paths = _paths(positions, check)
        moved = rounds(list(paths), lambda pk: paths[pk].result, lambda pk: paths[pk].former)
        for together in (each for each in moved if len(each) > 1):
            note = json.dumps([positions[pk] for pk in together])
            yield from (Arrangement(positions[pk], note) for pk in together)

    def perform(self, task: Task, child: Child) -> Result:
        if not task.note or task.dry_run:
            return super().perform(task, child)
        try:
            positions = json.loads(task.note)
            done = do_together(task, positions, lambda tasks: _do_all(task, tasks, child))
        except ComicError as error:
            return Result(Outcome(error.outcome), str(error))
        if isinstance(done, Change):
            return Result(Outcome.CHANGED, done.message, done.changes)
        return done

    def foresee(self, task: Task) -> Foreseen:
        after = _before(task) if task.dry_run else ()
        _wait_for_others(task)
        return Foreseen(_("Would be undone."), undoing.look(_change(task), after=after).changes)

    def do(self, task: Task, child: Child) -> Change:
        _wait_for_others(task)
        return undoing.undo(
            _change(task),
            job=task.job_id,
            position=task.position,
            user_id=task.user_id,
            child=child,
        )


def _selected(selection: Selection) -> ChangeQuerySet:
    if set(selection) == {"job"}:
        return Change.objects.standing().filter(job=job_of(selection))
    if set(selection) == {"changes"}:
        return Change.objects.filter(pk__in=ids_of(selection, "changes"))
    raise SelectionError(_("To undo takes “changes”: ids, or “job”: an id."))


def _in_reverse(changes: ChangeQuerySet) -> Iterator[Target]:
    """The last one first; each knows which ones before it stand in its way."""
    of_comic: dict[int, set[int]] = {}
    of_path: dict[tuple[int, str, str], int] = {}
    columns = ("pk", "comic_id", "library_id", "folder", "name", "new_folder", "new_name")
    rows = changes.order_by("-pk").values_list(*columns)
    for pk, comic, library, folder, name, new_folder, new_name in rows:
        before = of_comic.setdefault(comic or -pk, set())
        taken_by = of_path.get((library, folder, name))
        after = before | ({taken_by} if taken_by else set())
        path = f"{folder}/{name}" if folder else name
        yield Target(str(Key(pk, comic or 0, frozenset(after))), path)
        before.add(pk)
        of_path[library, new_folder, new_name or name] = pk


class _Paths(NamedTuple):
    former: tuple[int, str]
    """A library and a path in it."""
    result: tuple[int, str]


def _paths(changes: Iterable[int], check: Check) -> dict[int, _Paths]:
    """Of those that gave a comic another path; of each comic's only the last."""
    columns = ("pk", "comic_id", "library_id", "folder", "name", "new_folder", "new_name")
    renamed = Change.objects.exclude(new_name="").exclude(comic=None).values_list(*columns)
    last_of: dict[int, tuple[int, _Paths]] = {}
    ordered = iter(sorted(changes))
    while part := list(islice(ordered, 2000)):
        check()
        rows = renamed.filter(pk__in=part).order_by("pk")
        for pk, comic, library, folder, name, new_folder, new_name in rows:
            former, result = f"{folder}/{name}", f"{new_folder}/{new_name}"
            last_of[comic] = pk, _Paths((library, former), (library, result))
    return dict(last_of.values())


def _before(task: Task) -> set[int]:
    """What a preview takes to be undone before, or at the same time."""
    together = lifecycle.tasks_of(UUID(task.job_id), json.loads(task.note)) if task.note else []
    return {*Key.of(task.key).after, *(Key.of(each.key).change for each in together)}


def _do_all(task: Task, tasks: Sequence[Task], child: Child) -> Result:
    """Raises ComicError."""
    try:
        changes = {each.position: _change(each) for each in tasks}
    except NothingToDo as reason:
        raise FileChanged(str(reason)) from reason
    of = {changes[each.position].pk: each for each in tasks}

    def intent(plan: Undoing) -> Intent:
        its = of[plan.change.pk]
        check_preview(its, plan.changes)
        return plan.intent(job=its.job_id, position=its.position, user_id=its.user_id)

    undone = undo_together(list(changes.values()), intent, child)
    done = dict(zip(changes, undone, strict=True))
    mine = done[task.position]
    if isinstance(mine, ComicError):
        return Result(Outcome(mine.outcome), str(mine))
    return Result(Outcome.CHANGED, mine.message, mine.changes)


def _wait_for_others(task: Task) -> None:
    """Those that come before it in the job, as far as another thread or worker is at them.

    What they leave undone is in its way then, and it says so.
    """
    after = Key.of(task.key).after
    if not after or task.dry_run:
        return
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        keys = lifecycle.keys_in_work(UUID(task.job_id)) - {task.key}
        if not any(Key.of(key).change in after for key in keys):
            return
        time.sleep(LOOK_SECONDS)


def _change(task: Task) -> Change:
    related = Change.objects.select_related("library", "comic__library")
    change = related.filter(pk=Key.of(task.key).change).first()
    if change is None:
        raise NothingToDo(_("This change is no longer on record."))
    if change.state != Change.State.DONE or change.undone_at:
        raise NothingToDo(_("There is nothing to undo: this change does not stand."))
    return change
