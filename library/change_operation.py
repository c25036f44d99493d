"""An operation whose items are changes or files in the trash: no comic has to be looked into."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from jobs.operations import Child, FieldChange, Operation, Outcome, Result, Selection, Task
from library import duplicate_marks, journal
from library.changing import abandon
from library.exceptions import ComicError, FileChanged
from library.foldering import clear_away
from library.models import Change
from library.next_steps import next_step
from library.previews import preview_digest


class NothingToDo(Exception):
    """The item is skipped; `str()` says why."""


@dataclass(frozen=True)
class Foreseen:
    message: str
    changes: list[FieldChange] = field(default_factory=list)


class ChangeOperation(Operation):
    """Each item makes one change of a comic's file."""

    undone_by: ClassVar[str] = "undo"
    is_repeatable: ClassVar[bool] = False
    applies_previews: ClassVar[bool] = True

    def finished(self, job_id: str, selection: Selection) -> None:
        clear_away(job_id)
        duplicate_marks.renew()

    @abstractmethod
    def foresee(self, task: Task) -> Foreseen:
        """What would become of it; touches nothing. Raises NothingToDo, or ComicError."""

    @abstractmethod
    def do(self, task: Task, child: Child) -> Change:
        """Raises NothingToDo, or ComicError."""

    def advice(self, message: str) -> str:
        return next_step(message)

    def perform(self, task: Task, child: Child) -> Result:
        if (change := _done_before(task)) is not None:
            return Result(Outcome.CHANGED, change.message, change.changes)
        try:
            return self._perform(task, child)
        except NothingToDo as reason:
            return _without_change(task, Outcome.SKIPPED, str(reason))
        except ComicError as error:
            return _without_change(task, Outcome(error.outcome), str(error))

    def _perform(self, task: Task, child: Child) -> Result:
        if task.dry_run or task.shown:
            foreseen = self.foresee(task)
            if task.dry_run:
                shown = _digest(task, Outcome.CHANGED, foreseen.changes)
                return Result(Outcome.CHANGED, foreseen.message, foreseen.changes, shown)
            check_preview(task, foreseen.changes)
        change = self.do(task, child)
        return Result(Outcome.CHANGED, change.message, change.changes)


def check_preview(task: Task, changes: list[FieldChange]) -> None:
    """Whether a preview that is applied has shown these. Raises FileChanged."""
    if task.shown and _digest(task, Outcome.CHANGED, changes) != task.shown:
        raise FileChanged(_("It has changed since the preview."))


def _done_before(task: Task) -> Change | None:
    """What became of the item the last time, where a worker died over it."""
    if task.dry_run:
        return None
    change = journal.recorded(task.job_id, [task.position]).get(task.position)
    if change is not None and change.is_open:
        abandon(change)
    return change if change is not None and change.state == Change.State.DONE else None


def _without_change(task: Task, outcome: Outcome, message: str) -> Result:
    shown = _digest(task, outcome, []) if task.dry_run else ""
    return Result(outcome, message, shown=shown)


def _digest(task: Task, outcome: str, changes: list[Any]) -> str:
    """Without the file: a change is only ever undone while the file is just its result."""
    return preview_digest(outcome, task.key, None, changes)
