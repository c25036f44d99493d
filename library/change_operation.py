"""An operation whose items are changes or files in the trash: no comic has to be looked into."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from jobs.operations import Child, FieldChange, Operation, Outcome, Result, Selection, Task
from library import duplicate_suggestions, journal
from library.changing import abandon
from library.comic_item import GROUP_BYTES
from library.exceptions import ComicError, FileChanged
from library.foldering import clear_away
from library.models import Change
from library.next_steps import next_step
from library.previews import preview_digest
from library.returning import Author, Return, bring_back


class NothingToDo(ComicError):
    """The item is skipped."""

    outcome = "skipped"


class ChangeOperation(Operation):
    """Each item gives one comic a former file or its place again, by a change of its own."""

    undone_by: ClassVar[str] = "undo"
    is_repeatable: ClassVar[bool] = False
    applies_previews: ClassVar[bool] = True
    group_size: ClassVar[int] = 50
    child_modules: ClassVar[Sequence[str]] = ("library.work.undo",)
    foreseen: ClassVar[Any]
    """What a preview says of an item that would be changed."""

    @abstractmethod
    def apart(self, tasks: Sequence[Task]) -> Sequence[Task]:
        """The first of them, as far as none is in another's way and they are done in a moment.

        May wait for what has to be done before the first one.
        """

    @abstractmethod
    def look_all(self, tasks: Sequence[Task]) -> Iterable[Return | ComicError]:
        """What would become of each, or why nothing can; touches nothing."""

    def finished(self, job_id: str, selection: Selection) -> None:
        clear_away(job_id)
        duplicate_suggestions.renew(job_id)

    def advice(self, message: str) -> str:
        return next_step(message)

    def perform(self, task: Task, child: Child) -> Result:
        [result] = self.perform_group([task], child)
        return result

    def perform_group(self, tasks: Sequence[Task], child: Child) -> Sequence[Result]:
        tasks = self.apart(tasks)
        results = _done_before(tasks)
        left = [task for task in tasks if task.position not in results]
        wanted: dict[int, tuple[Return, Author]] = {}
        for task, found in zip(left, self.look_all(left), strict=True):
            if end := self._end_of(task, found):
                results[task.position] = end
            elif not isinstance(found, ComicError):
                wanted[task.position] = found, author_of(task)
        done = bring_back(list(wanted.values()), child)
        results |= {n: result_of(change) for n, change in zip(wanted, done, strict=True)}
        return [results[task.position] for task in tasks]

    def _end_of(self, task: Task, found: Return | ComicError) -> Result | None:
        """Where looking is all that is to be done, or can be."""
        if isinstance(found, ComicError):
            end = result_of(found)
        elif task.dry_run:
            end = Result(Outcome.CHANGED, str(self.foreseen), found.changes)
        else:
            return _conflict_with_preview(task, found.changes)
        shown = _digest(task, end.outcome, end.changes) if task.dry_run else ""
        return replace(end, shown=shown)


def author_of(task: Task) -> Author:
    return Author(task.job_id, task.position, task.user_id)


def result_of(end: Change | ComicError) -> Result:
    if isinstance(end, ComicError):
        return Result(Outcome(end.outcome), str(end))
    return Result(Outcome.CHANGED, end.message, end.changes)


def within_a_moment(tasks: Sequence[Task], sizes: Mapping[int, int]) -> Sequence[Task]:
    """The first of them; `sizes`: the bytes to be read for each, by its position."""
    totals = accumulate(sizes.get(task.position, 0) for task in tasks)
    return tasks[: max(1, sum(total <= GROUP_BYTES for total in totals))]


def check_preview(task: Task, changes: list[FieldChange]) -> None:
    """Whether a preview that is applied has shown these. Raises FileChanged."""
    if task.shown and _digest(task, Outcome.CHANGED, changes) != task.shown:
        raise FileChanged(_("It has changed since the preview."))


def _conflict_with_preview(task: Task, changes: list[FieldChange]) -> Result | None:
    try:
        check_preview(task, changes)
    except FileChanged as error:
        return result_of(error)
    return None


def _done_before(tasks: Sequence[Task]) -> dict[int, Result]:
    """What became of the items the last time, where a worker died over them."""
    if tasks[0].dry_run:
        return {}
    before = journal.recorded(tasks[0].job_id, [task.position for task in tasks])
    for change in before.values():
        if change.is_open:
            abandon(change)
    done = {n: change for n, change in before.items() if change.state == Change.State.DONE}
    return {n: result_of(change) for n, change in done.items()}


def _digest(task: Task, outcome: str, changes: list[Any]) -> str:
    """Without the file: a change is only ever undone while the file is just its result."""
    return preview_digest(outcome, task.key, None, changes)
