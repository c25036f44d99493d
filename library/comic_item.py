"""One comic on its way through an operation: what ends it early, what is planned, its result."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from uuid import UUID

from django.utils.translation import gettext as _

from jobs import lifecycle
from jobs.operations import ERRORS, Outcome, Result, Task
from library import journal, naming
from library.arranging import Note
from library.changing import abandon
from library.exceptions import ComicError, NameTaken
from library.files import FileIdentity, plain_errors
from library.journal import update_comic
from library.models import Change, Comic
from library.previews import preview_digest
from library.work.process import Plan

WAIT_SECONDS = 60
LOOK_SECONDS = 0.02
GROUP_BYTES = 16 * 2**20


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
        elif plan.rewrites and _is_damaged(self.comic, plan.identity):
            self.result = Result(Outcome.FAILED, self.comic.verdict_reason)
        return None

    def check_name(self) -> None:
        """Before the work of building, and for a dry run; `settle` looks again."""
        if self.new_path is None:
            return
        try:
            self._check_name(self.note if self.is_as_noted else None)
        except NameTaken as error:
            self.end(error)

    def _check_name(self, note: Note | None) -> None:
        """Raises NameTaken."""
        if note is not None:
            if note.problem and (self._is_taken() or any(map(self._exists, note.others))):
                raise NameTaken(note.problem)
            if note.after:
                self._wait_for(note.after)
                if self._would_be_free(note.after):
                    return
        if self._is_taken():
            raise NameTaken(_("“%s” exists already.") % naming.split(self.target)[1])

    def _wait_for(self, position: int) -> None:
        """Its turn came before, but another thread or worker may be at it still."""
        job, deadline = UUID(self.task.job_id), time.monotonic() + WAIT_SECONDS
        while self._is_in_use() and (job, position) in lifecycle.in_work({job}):
            if time.monotonic() > deadline:
                return
            time.sleep(LOOK_SECONDS)

    def _would_be_free(self, position: int) -> bool:
        """In a preview: whether that item's comic would go away."""
        job = UUID(self.task.job_id)
        return self.task.dry_run and lifecycle.outcome_of(job, position) == Outcome.CHANGED

    def _is_in_use(self) -> bool:
        """The row of the comic that has the name leaves it after the file."""
        assert self.comic is not None  # noqa: S101 - it has a target
        folder, name = naming.split(self.target)
        leaving = Change.objects.open().filter(library=self.comic.library_id)
        return self._is_taken() or leaving.filter(folder=folder, name=name).exists()

    def _is_taken(self) -> bool:
        assert self.comic is not None  # noqa: S101 - it has a target
        file, target = self.comic.file, self.comic.library.root / self.target
        return os.path.lexists(target) and not (file.exists() and target.samefile(file))

    def _exists(self, path: str) -> bool:
        return self.comic is not None and os.path.lexists(self.comic.library.root / path)

    @cached_property
    def note(self) -> Note | None:
        return Note.of(self.task.note)

    @property
    def goes_round(self) -> bool:
        return self.note is not None and bool(self.note.cycle)

    @property
    def is_as_noted(self) -> bool:
        """Whether it goes where it was to go when all were looked at together."""
        note = self.note
        return note is not None and self.new_path is not None and self.target == note.target

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


def items_of(tasks: Sequence[Task], *related: str) -> list[ComicItem]:
    """The comics come with their library and `related`."""
    keys = [comic_id(task.key) for task in tasks]
    comics = Comic.objects.select_related("library", *related).in_bulk(keys)
    job, is_dry = tasks[0].job_id, tasks[0].dry_run
    before = {} if is_dry else journal.recorded(job, [task.position for task in tasks])
    return [
        ComicItem(task, comics.get(comic_id(task.key)), before.get(task.position)) for task in tasks
    ]


def first_items(tasks: Sequence[Task], *related: str) -> list[ComicItem]:
    """So many that they are done in a moment; such as change places with others come alone."""
    items: list[ComicItem] = []
    size = 0
    for item in items_of(tasks, *related):
        size += item.comic.size_bytes if item.comic else 0
        if items and (size > GROUP_BYTES or item.goes_round or items[0].goes_round):
            break
        items.append(item)
    return items


def without_clash(items: list[ComicItem]) -> list[ComicItem]:
    """Those up to the first that wants a name which one before it has, or is about to get."""
    names: set[tuple[int, str, str] | None] = set()
    for n, item in enumerate(items):
        name = item.new_path
        if name is not None and name in names:
            return items[:n]
        names |= {name, item.path}
    return items


def check_disks(items: Sequence[ComicItem]) -> None:
    """No step exchanges files of two file systems, so comics that would change places stay.

    Raises FileProblem.
    """
    with plain_errors():
        disks = {item.comic.path: item.comic.file.stat().st_dev for item in items if item.comic}
    text = _("“%s” is on another file system: one of those that change places has to go by hand.")
    for item in items:
        mine = disks.get(item.comic.path) if item.comic else None
        far = next((path for path, disk in disks.items() if disk != mine), None)
        if far and item.result is None:
            item.result = Result(Outcome.CONFLICT, text % far)


def _is_damaged(comic: Comic, identity: FileIdentity) -> bool:
    """Whether this very file was found to be, deeper in it than what was read now."""
    verified = comic.verified_size_bytes, comic.verified_mtime_ns
    is_same = verified == (identity.size, identity.mtime_ns)
    return comic.verdict == Comic.Verdict.DAMAGED and is_same


def _note(comic: Comic, plan: Plan, *, dry_run: bool) -> None:
    """What the row says of a comic that is right already, where it is not that yet."""
    differing = {name: v for name, v in plan.row.items() if getattr(comic, name) != v}
    if differing and not dry_run:
        update_comic(comic, **differing)
