"""Jobs that follow from another one: all of it or what failed once more, undone, applied.

Each is a job of its own that counts from nothing; `source_job` names the one it came from.
"""

from collections.abc import Collection, Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs.lifecycle import CHUNK, NotAllowed, Somebody, clean_options, create, find_operation
from jobs.models import Job, JobItem, JobItemQuerySet
from jobs.operations import Options, SelectionError, Target

_NOTHING = "nothing"
"""Stands for what a preview showed of an item on which it came to grief: it is like nothing."""


def retry(job: Job, *, user: Somebody = None) -> Job:
    """A new job over the failed and conflicting items of a finished one. Raises NotAllowed."""
    _check_ended(job)
    if not job.errors:
        raise NotAllowed(_("No item of this job failed."))
    scope = ngettext("%d that failed", "%d that failed", job.errors) % job.errors
    return create(
        find_operation(job.operation),
        (_as_before(job, item) for item in _in_order(job.items.errors())),
        options=job.options,
        selection=job.selection,
        dry_run=job.dry_run,
        user=user,
        scope=scope,
        source=job,
    )


def repeat(
    job: Job, *, options: Options | None = None, dry_run: bool | None = None, user: Somebody = None
) -> Job:
    """A new job over the same items, as they are now; with other options where some are given.

    Raises:
        NotAllowed: it has not ended, or none of its items is there any more.
        ValidationError: its options are no longer valid.
    """
    _check_ended(job)
    operation = find_operation(job.operation)
    options = clean_options(operation, job.options if options is None else options)
    before = (Target(item.key, item.path) for item in _in_order(job.items.all()))
    try:
        return create(
            operation,
            () if operation.lists_at_start else operation.again(before, options),
            options=options,
            selection=job.selection,
            dry_run=job.dry_run if dry_run is None else dry_run,
            user=user,
            scope=job.scope,
            source=job,
        )
    except SelectionError as error:
        raise NotAllowed(_("None of its items is there any more.")) from error


def undo(job: Job, *, dry_run: bool = False, user: Somebody = None) -> Job:
    """A new job that undoes what a finished one has done. Raises NotAllowed."""
    _check_ended(job)
    if not job.can_be_undone:
        raise NotAllowed(_("There is nothing to undo: this job changed no file."))
    operation = find_operation(find_operation(job.operation).undone_by)
    options, selection = clean_options(operation, {}), {"job": str(job.pk)}
    try:
        return create(
            operation,
            operation.targets(selection, options),
            options=options,
            dry_run=dry_run,
            user=user,
            scope=operation.scope(selection),
            source=job,
        )
    except SelectionError as error:
        raise NotAllowed(str(error)) from error


def apply(
    job: Job,
    *,
    without: Collection[int] = (),
    only: Collection[int] | None = None,
    user: Somebody = None,
) -> Job:
    """A new job that does what a preview has shown, except for the items at these positions, or
    for those alone.

    What would now become of an item in another way ends as a conflict.

    Raises:
        NotAllowed: it is no preview that went through to its end, or nothing is left of it.
        ValidationError: it has no such position.
    """
    _check_ended(job)
    if not job.can_be_applied:
        raise NotAllowed(_("Only a preview that went through to its end can be applied."))
    left, taken = set(without), None if only is None else set(only)
    if left and not 0 < min(left) <= max(left) <= job.total:
        raise ValidationError({"except": [_("Give positions from 1 to %d.") % job.total]})
    items = (
        item
        for item in _in_order(job.items.all())
        if item.position not in left and (taken is None or item.position in taken)
    )
    try:
        return create(
            find_operation(job.operation),
            (Target(item.key, item.path, item.shown or _NOTHING) for item in items),
            options=job.options,
            selection=job.selection,
            dry_run=False,
            user=user,
            scope=job.scope,
            source=job,
        )
    except SelectionError as error:
        raise NotAllowed(_("All of its items were left out.")) from error


def _check_ended(job: Job) -> None:
    if not job.is_finished:
        raise NotAllowed(_("This job has not ended yet."))


def _in_order(items: JobItemQuerySet) -> Iterator[JobItem]:
    last = 0
    while found := list(items.filter(position__gt=last).order_by("position")[:CHUNK]):
        yield from found
        last = found[-1].position


def _as_before(job: Job, item: JobItem) -> Target:
    """Where a preview is applied, what it showed goes on to be all that may be done."""
    return Target(item.key, item.path, "" if job.dry_run else item.shown)
