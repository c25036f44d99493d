"""How an operation does its comics: examine and build in a child, settle here."""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs import lifecycle
from jobs.operations import (
    Arrangement,
    Check,
    Child,
    Operation,
    Options,
    Outcome,
    Result,
    Selection,
    Target,
    Task,
    go_on,
)
from library import duplicate_suggestions
from library.archives.constructions import Workplace
from library.arranging import Foresight, Note, arrangements
from library.changing import Built, carry_out_all
from library.comic_item import (
    ComicItem,
    check_disks,
    comic_id,
    first_items,
    items_of,
    without_clash,
)
from library.exceptions import ComicError, FileChanged
from library.filters import selected
from library.foldering import clear_away, count_missing
from library.journal import Intent
from library.models import Change, Comic
from library.next_steps import next_step
from library.place import FolderGone, OtherFileSystem
from library.together import do_together
from library.work.process import Plan

_GROUPING = "library.work.grouping"
_TARGETS = 2000


class ComicOperation(Operation):
    """One item for each comic; its key is the comic's id, and may hold more behind a colon."""

    work: ClassVar[str]
    """The module with `examine(data, options) -> Plan` and `construction(plan)`, which gives the
    new file that is to be built, or None."""
    fixed_options: ClassVar[Mapping[str, Any]] = {}
    """What `examine` gets besides the job's options."""
    takes_refused: ClassVar[bool] = False
    """Also what is suspicious or beyond limits: it does not look into the files."""
    starts_unseen: ClassVar[bool] = False
    """Its page offers to start it without a preview."""
    group_size = 50
    undone_by = "undo"
    applies_previews = True
    child_modules: ClassVar[Sequence[str]] = (_GROUPING,)
    _last_round: tuple[tuple[str, tuple[int, ...]] | None, dict[int, Result]] = None, {}
    """Comics of a preview that change places, and what would become of each."""

    def targets(
        self, selection: Selection, options: Options, check: Check = go_on
    ) -> Iterable[Target]:
        ordered = selected(dict(selection)).order_by("library_id", "folder", "name")
        keys = array("q", ordered.values_list("pk", flat=True).iterator())
        for start in range(0, len(keys), _TARGETS):
            yield from _as_they_are(keys[start : start + _TARGETS])

    def again(self, targets: Iterable[Target], options: Options) -> Iterable[Target]:
        """Comics that are missing by now are left out."""
        keys = (comic_id(target.key) for target in targets)
        while part := list(islice(keys, _TARGETS)):
            yield from _as_they_are(part)

    def scope(self, selection: Selection) -> str:
        if "comics" in selection and isinstance(selection["comics"], list):
            count = len(selection["comics"])
            return ngettext("%d selected", "%d selected", count) % count
        return _("All that match a filter") if selection.get("filter") else _("All comics")

    def item_facts(self, key: str) -> dict[str, Any]:
        return {"comic_id": comic_id(key)}

    def arrange(
        self, items: Iterable[tuple[int, str]], options: Options, check: Check = go_on
    ) -> Iterable[Arrangement]:
        target = self.foresight({**options, **self.fixed_options})
        return arrangements(((n, comic_id(key)) for n, key in items), target, check)

    def foresight(self, options: Options) -> Foresight:
        """What `arrange` asks: where each comic is to go, as far as its row tells."""
        raise NotImplementedError

    def data(self, comic: Comic, task: Task) -> dict[str, Any]:
        """What `examine` gets of the comic."""
        note = Note.of(task.note)
        return {
            "path": str(comic.file),
            "root": comic.library.path,
            "state": comic.state,
            "goal": note.target if note else "",
            **comic.library.rules,
        }

    def finished(self, job_id: str, selection: Selection) -> None:
        clear_away(job_id)
        duplicate_suggestions.renew(job_id)

    def advice(self, message: str) -> str:
        return next_step(message)

    def perform(self, task: Task, child: Child) -> Result:
        [result] = self.perform_group([task], child)
        return result

    def perform_group(self, tasks: Sequence[Task], child: Child) -> Sequence[Result]:
        items = first_items(tasks)
        if items[0].goes_round and items[0].note:
            return [self._go_round(items[0].task, items[0].note, child)]
        for item in items:
            item.end_early(takes_refused=self.takes_refused)
        self._examine(items, child)
        items = without_clash(items)
        for item in items:
            item.check_name()
            item.compare_with_preview()
        wanted = [item for item in items if item.result is None]
        if wanted:
            self._carry_out(wanted, child)
        return [item.result_shown for item in items if item.result]

    def _go_round(self, task: Task, note: Note, child: Child) -> Result:
        def do(tasks: Sequence[Task]) -> Result:
            return look(tasks)[task.position]

        def look(tasks: Sequence[Task]) -> dict[int, Result]:
            items = items_of(tasks)
            for item in items:
                item.end_early(takes_refused=self.takes_refused)
            self._examine(items, child)
            for item in items:
                item.compare_with_preview()
            is_whole = all(item.is_as_noted for item in items)
            if is_whole:
                check_disks(items)
            if is_whole and all(item.result is None for item in items):
                self._carry_out_together(items, child)
            for item in items:
                if item.result is None:
                    target = item.note.target if item.note else ""
                    item.end(FileChanged(_("“%s” does not give its name away.") % target))
            return {item.task.position: item.result_shown for item in items}

        try:
            if task.dry_run:
                return self._foreseen_round(task, note, look)
            done = do_together(task, note.cycle, do)
        except ComicError as error:
            return Result(Outcome(error.outcome), str(error))
        if isinstance(done, Change):
            return Result(Outcome.CHANGED, done.message, done.changes)
        return done

    def _foreseen_round(
        self, task: Task, note: Note, look: Callable[[Sequence[Task]], dict[int, Result]]
    ) -> Result:
        """In a preview: by one look for all of them, and not by each one's at all."""
        cycle = task.job_id, note.cycle
        of_cycle, results = self._last_round
        if of_cycle != cycle:
            results = look(lifecycle.tasks_of(UUID(task.job_id), note.cycle))
            self._last_round = cycle, results
        return results[task.position]

    def _examine(self, items: Sequence[ComicItem], child: Child) -> None:
        for item, plan in self.examined(items, child):
            item.take(plan)

    def examined(
        self, items: Sequence[ComicItem], child: Child
    ) -> list[tuple[ComicItem, Plan | ComicError]]:
        """What the child says of those that are not at their end yet."""
        items = [item for item in items if item.result is None]
        if not items:
            return []
        data = [self.data(item.comic, item.task) for item in items if item.comic]
        options = {**items[0].task.options, **self.fixed_options}
        plans = child(f"{_GROUPING}:examine_all", self.work, data, options)
        return list(zip(items, plans, strict=True))

    def _carry_out_together(self, items: Sequence[ComicItem], child: Child) -> None:
        if items[0].task.dry_run:
            return self._foresee(items)
        for item, change in zip(items, self._changed(items, child), strict=True):
            item.end(change)
        return None

    def _foresee(self, items: Sequence[ComicItem]) -> None:
        for item in items:
            intent = self._intent(item)
            item.result = Result(Outcome.CHANGED, intent.message, intent.changes)

    def _carry_out(self, items: Sequence[ComicItem], child: Child) -> None:
        if items[0].task.dry_run:
            return self._foresee(items)
        changes = self._changed(items, child)
        for item, change in zip(items, changes, strict=True):
            if isinstance(change, FolderGone | OtherFileSystem):
                crosses = isinstance(change, OtherFileSystem)
                item.end(self._changed([item], child, crosses=crosses)[0])
            else:
                item.end(change)
        return None

    def _changed(
        self, items: Sequence[ComicItem], child: Child, *, crosses: bool = False
    ) -> Sequence[Change | ComicError]:
        """Raises ComicError where one of several is concerned: performed alone, it is found."""

        def build(places: Sequence[Workplace]) -> Sequence[Built | ComicError]:
            plans = [replace(i.plan, place=p) for i, p in zip(items, places, strict=True) if i.plan]
            return self.build_all(plans, child)

        try:
            intents = [replace(self._intent(item), crosses=crosses) for item in items]
            return carry_out_all(intents, build)
        except ComicError as error:
            if len(items) > 1:
                raise
            return [error]

    def build_all(self, plans: Sequence[Plan], child: Child) -> Sequence[Built | ComicError]:
        built: list[Built | ComicError] = child(f"{_GROUPING}:build_all", self.work, plans)
        return built

    def _intent(self, item: ComicItem) -> Intent:
        comic, plan, task = item.comic, item.plan, item.task
        assert comic and plan and plan.identity  # noqa: S101 - it was read
        folder = plan.new_folder
        return Intent(
            comic,
            self.name,
            plan.identity,
            new_name=plan.new_name or "",
            new_folder=folder,
            makes=count_missing(comic.library.path, folder) if folder else 0,
            job=task.job_id,
            position=task.position,
            user_id=task.user_id,
            before=dict(plan.before or {}),
            after=dict(plan.after or {}),
            changes=list(plan.changes),
            row=dict(plan.row),
            message=self.what_changed(plan),
        )

    def what_changed(self, plan: Plan) -> str:
        """In a sentence, for the item."""
        return _what_changed(plan)


def _as_they_are(keys: Sequence[int]) -> Iterable[Target]:
    paths = dict(Comic.objects.present().filter(pk__in=keys).values_list("pk", "path"))
    return [Target(str(key), paths[key]) for key in keys if key in paths]


def _what_changed(plan: Plan) -> str:
    fields = [change["field"] for change in plan.changes]
    if "format" in fields:
        return _("Converted to .cbz.")  # the new suffix goes without saying
    tags = [field for field in fields if field not in ("name", "path")]
    parts = []
    if plan.new_folder is not None:
        parts.append(_("Moved to “%s”.") % f"{plan.new_folder}/{plan.new_name}".lstrip("/"))
    elif plan.new_name:
        parts.append(_("Renamed to “%s”.") % plan.new_name)
    if tags:
        parts.append(_("Tags changed: %s.") % ", ".join(tags))
    return " ".join(parts)
