"""The page of what was changed, from which it can be undone."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jobs import lifecycle, operations
from jobs.lifecycle import Job
from jobs.results import ShownChange
from library.filters import numbers
from library.history import ChangeFilter, changes_shown, is_kept
from library.models import Change, Library

PAGE_SIZE = 50
DAYS = (1, 7, 30, 90)
KEYS = ("library", "operation", "job", "comic", "undone", "days")


@dataclass(frozen=True)
class Row:
    change: Change
    label: str
    """Of its operation."""
    job: UUID | None
    """None where it is no longer there."""

    @property
    def changes(self) -> list[ShownChange]:
        return [ShownChange.of(change) for change in self.change.changes]

    @property
    def can_be_undone(self) -> bool:
        """Perhaps together with later ones; the preview looks closer."""
        return is_kept(self.change)


class Past:
    """A page of changes, the newest first, from the one before `before` on; bad values are as if
    absent. Three queries, whatever its length."""

    def __init__(self, query: QueryDict) -> None:
        form = ChangeFilter(query).form
        form.is_valid()
        valid = (key for key in KEYS if form.cleaned_data.get(key) not in (None, ""))
        self.query = QueryDict(mutable=True)
        self.query.update({key: str(query[key]) for key in valid})
        changes = ChangeFilter(self.query, queryset=changes_shown()).qs
        before = numbers([query.get("before", "")])
        self.is_first = not before
        if before:
            changes = changes.filter(pk__lt=before[0])
        found = list(changes.select_related("library")[: PAGE_SIZE + 1])
        self._changes, self.has_next = found[:PAGE_SIZE], len(found) > PAGE_SIZE

    @property
    def last(self) -> int:
        last: int = self._changes[-1].pk
        return last

    @cached_property
    def rows(self) -> list[Row]:
        wanted = {change.job for change in self._changes if change.job}
        jobs = set(Job.objects.announced().filter(pk__in=wanted).values_list("pk", flat=True))
        labels = {each.name: str(each.label) for each in operations.registered()}
        return [
            Row(
                change,
                labels.get(change.operation, change.operation),
                change.job if change.job in jobs else None,
            )
            for change in self._changes
        ]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    changing = [each for each in operations.registered() if each.undone_by]
    context: dict[str, Any] = {
        "past": Past(request.GET),
        "libraries": Library.objects.all(),
        "operations": sorted(changing, key=lambda each: str(each.label)),
        "days": DAYS,
    }
    return render(request, "library/history.html", context)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """On to a preview of undoing the ticked changes."""
    return preview_of(request, "undo", "changes", request.POST.getlist("tick"), "history")


def preview_of(
    request: HttpRequest, operation: str, kind: str, ticked: list[Any], back: str
) -> HttpResponse:
    """On to the preview of an operation on these ids, or back with why there is none."""
    ids = numbers(map(str, ticked))
    if not ids:
        messages.error(request, _("Tick at least one row first."))
        return redirect(back)
    try:
        job = lifecycle.submit(operation, {kind: ids}, dry_run=True, user=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(back)
    return redirect("job", job.pk)
