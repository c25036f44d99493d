"""One comic on its way through an operation: what ends it early, what is planned, its result."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from django.utils.translation import gettext as _

from jobs.operations import ERRORS, Outcome, Result, Task
from library import journal, naming
from library.changing import abandon
from library.exceptions import ComicError, NameTaken
from library.journal import update_comic
from library.models import Change, Comic
from library.previews import preview_digest
from library.work.process import Plan

_GROUP_BYTES = 16 * 2**20


@dataclass(eq=False)
class ComicItem:
    """One of a group on its way to its result."""

    task: Task
    comic: Comic | None
    before: Change | None
    """What became of it the last time, where a worker died over it."""
    plan: Plan | None = None
    result: Result | None = None

    def end_early(self, *, takes_refused: bool = False) -> None:
        change, comic = self.before, self.comic
        if change is not None and change.is_open:
            abandon(change)  # a worker failed at taking it back; the item is this one's now
        if change is not None and change.state == Change.State.DONE:
            self.end(change)
        elif comic is None:
            self.result = Result(Outcome.SKIPPED, _("This comic is no longer in the library."))
        elif comic.verdict == Comic.Verdict.REFUSED and not takes_refused:
            self.result = Result(Outcome.SKIPPED, comic.verdict_reason)

    def take(self, plan: Plan | ComicError) -> None:
        """The plan, and its end where there is nothing to do or something in the way."""
        assert self.comic is not None  # noqa: S101 - it was examined
        if isinstance(plan, ComicError):
            return self.end(plan)
        self.plan = plan
        if plan.outcome == "unchanged":
            _note(self.comic, plan, dry_run=self.task.dry_run)
        if plan.outcome != "changed" or plan.identity is None:
            self.result = Result(Outcome(plan.outcome), plan.message)
        return None

    def check_name(self) -> None:
        """Before the work of building, and for a dry run; `settle` looks again."""
        if self.new_path is None or not self.comic or not self.plan or not self.plan.new_name:
            return
        target = self.comic.library.root / self.target
        try:
            _check_name_is_free(self.comic, target, self.task)
            if self.task.dry_run:
                _claim_name(self.comic, target, self.task)
        except ComicError as error:
            self.end(error)

    def end(self, change: Change | ComicError) -> None:
        if isinstance(change, Change):
            self.result = Result(Outcome.CHANGED, change.message, change.changes)
            return
        if isinstance(change, NameTaken) and self.comic and not self.task.dry_run:
            update_comic(self.comic, state=Comic.State.DUPLICATE, state_reason=str(change))
        self.result = Result(Outcome(change.outcome), str(change))

    def compare_with_preview(self) -> None:
        """What would become of it has to be what the preview that is applied has shown."""
        if not self.task.shown or self.before_is_done:
            return
        outcome = self.result.outcome if self.result else Outcome.CHANGED
        if outcome not in ERRORS and self._digest(outcome) != self.task.shown:
            self.result = Result(Outcome.CONFLICT, _("It has changed since the preview."))

    @property
    def before_is_done(self) -> bool:
        return self.before is not None and self.before.state == Change.State.DONE

    @property
    def result_shown(self) -> Result:
        """The result, with what a preview shows by it."""
        assert self.result is not None  # noqa: S101 - it is at its end
        if not self.task.dry_run:
            return self.result
        return replace(self.result, shown=self._digest(self.result.outcome))

    def _digest(self, outcome: str) -> str:
        plan = self.plan
        identity = plan.identity if plan else None
        changes = plan.changes if plan else ()
        return preview_digest(outcome, self.task.key, identity, changes)

    @property
    def new_path(self) -> tuple[int, str, str] | None:
        if self.result or not self.comic or not self.plan or not self.plan.new_name:
            return None
        folder, name = naming.split(naming.folded(self.target))
        return self.comic.library_id, folder, name

    @property
    def path(self) -> tuple[int, str, str] | None:
        """As it is now, in the form of `new_path`."""
        if not self.comic:
            return None
        folder, name = naming.split(naming.folded(self.comic.path))
        return self.comic.library_id, folder, name

    @property
    def target(self) -> str:
        """The path that it is to get, relative to the library's root."""
        assert self.comic and self.plan  # noqa: S101 - it was read
        folder = self.comic.folder if self.plan.new_folder is None else self.plan.new_folder
        name = self.plan.new_name or self.comic.name
        return f"{folder}/{name}" if folder else name


def comic_id(key: str) -> int:
    return int(key.partition(":")[0])


def first_items(tasks: Sequence[Task], *related: str) -> list[ComicItem]:
    """So many that they are done in a moment; the comics with their library and `related`."""
    keys = [comic_id(task.key) for task in tasks]
    comics = Comic.objects.select_related("library", *related).in_bulk(keys)
    job, is_dry = tasks[0].job_id, tasks[0].dry_run
    before = {} if is_dry else journal.recorded(job, [task.position for task in tasks])
    items: list[ComicItem] = []
    size = 0
    for task in tasks:
        comic = comics.get(comic_id(task.key))
        size += comic.size_bytes if comic else 0
        if items and size > _GROUP_BYTES:
            break
        items.append(ComicItem(task, comic, before.get(task.position)))
    return items


def without_clash(items: list[ComicItem]) -> list[ComicItem]:
    """Those up to the first that wants a name which one before it is about to get or give up."""
    names: set[tuple[int, str, str] | None] = set()
    for n, item in enumerate(items):
        if (name := item.new_path) is not None:
            if name in names:
                return items[:n]
            names |= {name, item.path}
    return items


def _check_name_is_free(comic: Comic, target: Path, task: Task) -> None:
    """Raises NameTaken."""
    if task.dry_run and str(target) in _given_up.get(task.job_id, ()):
        return
    if os.path.lexists(target) and not (comic.file.exists() and target.samefile(comic.file)):
        raise NameTaken(_("“%s” exists already.") % target.name)


_claimed: dict[str, dict[str, str]] = {}
"""The names that comics would get, by dry run: each with the key of the item that gets it."""
_given_up: dict[str, set[str]] = {}
"""The names that comics would give up, by dry run."""


def _claim_name(comic: Comic, target: Path, task: Task) -> None:
    """In a dry run no file takes the name that the next one wants too. Raises NameTaken."""
    if _claimed.setdefault(task.job_id, {}).setdefault(str(target), task.key) != task.key:
        raise NameTaken(_("Another comic would get the name “%s”.") % target.name)
    _given_up.setdefault(task.job_id, set()).add(str(comic.file))


def _note(comic: Comic, plan: Plan, *, dry_run: bool) -> None:
    """What the row says of a comic that is right already, where it is not that yet."""
    differing = {name: v for name, v in plan.row.items() if getattr(comic, name) != v}
    if differing and not dry_run:
        update_comic(comic, **differing)


def forget_claims(job_id: str) -> None:
    _claimed.pop(job_id, None)
    _given_up.pop(job_id, None)
