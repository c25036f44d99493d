"""What was changed of one comic's file, as its page shows it."""

from dataclasses import dataclass
from typing import Any

from jobs import operations
from jobs.lifecycle import Job
from jobs.results import ShownChange
from library.history import changes_shown, undoable
from library.models import Change, Comic

MOST = 50


@dataclass(frozen=True)
class Row:
    change: Change
    label: Any
    """Of the operation that made it."""
    fields: list[ShownChange]
    is_undoable: bool
    has_job: bool
    """It is still in the list of jobs."""


def history_of(comic: Comic) -> list[Row]:
    """The newest first, at most MOST. Two queries."""
    changes = list(changes_shown().filter(comic=comic)[:MOST])
    jobs = {change.job for change in changes if change.job}
    known = set(Job.objects.announced().filter(pk__in=jobs).values_list("pk", flat=True))
    labels = {each.name: each.label for each in operations.registered()}
    return [
        Row(
            change,
            labels.get(change.operation, change.operation),
            [ShownChange.of(each) for each in change.changes],
            undoable(change),
            change.job in known,
        )
        for change in changes
    ]
