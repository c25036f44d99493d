"""Undo: changes are taken back, the last one first."""

import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    Result,
    Selection,
    SelectionError,
    Target,
    Task,
    go_on,
    register,
)
from library import undoing
from library.change_operation import (
    ChangeOperation,
    NothingToDo,
    author_of,
    check_preview,
    result_of,
    within_a_moment,
)
from library.exceptions import ComicError, FileChanged
from library.filters import ids_of, job_of
from library.models import Change, ChangeQuerySet
from library.returning import bring_back
from library.rotating import rounds
from library.together import do_together
from library.undoing import Undoing

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
    foreseen = gettext_lazy("Would be undone.")
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
            return _("What an earlier job did")
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

    def perform_group(self, tasks: Sequence[Task], child: Child) -> Sequence[Result]:
        if tasks[0].note and not tasks[0].dry_run:
            return [_go_round(tasks[0], child)]
        return super().perform_group(tasks, child)

    def apart(self, tasks: Sequence[Task]) -> Sequence[Task]:
        if tasks[0].dry_run:
            _wait_for_others(tasks)
            return tasks
        _wait_for_others(tasks[:1])
        before = _others_in_the_way(tasks)
        first: list[Task] = []
        for task in tasks:
            key = Key.of(task.key)
            if first and (task.note or key.after & before):
                break
            first.append(task)
            before.add(key.change)
        return within_a_moment(first, _sizes(first))

    def look_all(self, tasks: Sequence[Task]) -> Iterator[Undoing | ComicError]:
        changes = _changes(tasks)
        records = undoing.Records(list(changes.values()))
        staying = _staying(tasks)
        for task in tasks:
            try:
                yield _look(task, changes, records, staying)
            except ComicError as error:
                staying.add(Key.of(task.key).change)
                yield error


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


def _look(
    task: Task, changes: Mapping[int, Change], records: undoing.Records, staying: Collection[int]
) -> Undoing:
    """Raises ComicError."""
    if task.note:
        partners = lifecycle.tasks_of(UUID(task.job_id), json.loads(task.note))
        return _look_together(task, partners, staying)[task.position]
    return records.look(_standing(task, changes), after=_undone_before(task, staying))


def _undone_before(task: Task, staying: Collection[int]) -> frozenset[int]:
    """What a preview takes to be undone by then."""
    return Key.of(task.key).after.difference(staying) if task.dry_run else frozenset()


def _staying(tasks: Sequence[Task]) -> set[int]:
    """In a preview: changes that had to be undone before these, and would not be."""
    here = {Key.of(task.key).change for task in tasks}
    for task in tasks:
        if task.dry_run and (task.note or Key.of(task.key).after - here):
            return {Key.of(key).change for key in lifecycle.keys_not_changed(UUID(task.job_id))}
    return set()


def _go_round(task: Task, child: Child) -> Result:
    def do(tasks: Sequence[Task]) -> Result:
        try:
            plans = _look_together(task, tasks)
            for each in tasks:
                check_preview(each, plans[each.position].changes)
        except ComicError as error:
            return result_of(error)
        done = bring_back([(plans[each.position], author_of(each)) for each in tasks], child)
        mine = next(n for n, each in enumerate(tasks) if each.position == task.position)
        return result_of(done[mine])

    try:
        end = do_together(task, json.loads(task.note), do)
    except ComicError as error:
        return result_of(error)
    return result_of(end) if isinstance(end, Change) else end


def _look_together(
    task: Task, tasks: Sequence[Task], staying: Collection[int] = ()
) -> dict[int, Undoing]:
    """Of those whose comics change places: all can be undone, or none.

    Raises ComicError, with what there is to say to the one task.
    """
    changes = _changes(tasks)
    records = undoing.Records(list(changes.values()))
    found: dict[int, Undoing] = {}
    stuck = ""
    for each in (task, *(each for each in tasks if each.position != task.position)):
        after = {*changes, *_undone_before(each, staying)}
        try:
            found[each.position] = records.look(_standing(each, changes), after=after)
        except ComicError:
            if each.position == task.position:
                raise
            stuck = each.path
    if stuck:
        raise FileChanged(_("“%s” cannot go back, and this one changes places with it.") % stuck)
    return found


def _wait_for_others(tasks: Sequence[Task]) -> None:
    """Those that come before them in the job, as far as another thread or worker is at them.

    What they leave undone is in their way then, and they say so.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while _others_in_the_way(tasks) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)


def _others_in_the_way(tasks: Sequence[Task]) -> set[int]:
    """Changes that have to be undone before these, and that others are at just now."""
    after = set[int]().union(*(Key.of(task.key).after for task in tasks))
    if not after:
        return after
    keys = lifecycle.keys_in_work(UUID(tasks[0].job_id)) - {task.key for task in tasks}
    after &= {Key.of(key).change for key in keys}
    return set(Change.objects.standing().filter(pk__in=after).values_list("pk", flat=True))


def _changes(tasks: Iterable[Task]) -> dict[int, Change]:
    related = Change.objects.select_related("library", "comic__library")
    return related.in_bulk([Key.of(task.key).change for task in tasks])


def _sizes(tasks: Iterable[Task]) -> dict[int, int]:
    changes = {Key.of(task.key).change: task.position for task in tasks}
    found = Change.objects.filter(pk__in=changes).values_list("pk", "comic__size_bytes")
    return {changes[pk]: size or 0 for pk, size in found}


def _standing(task: Task, changes: Mapping[int, Change]) -> Change:
    """Raises NothingToDo."""
    change = changes.get(Key.of(task.key).change)
    if change is None:
        raise NothingToDo(_("This change is no longer on record."))
    if change.state != Change.State.DONE or change.undone_at:
        raise NothingToDo(_("There is nothing to undo: this change does not stand."))
    return change
