"""Find duplicates: reads what comics are compared by, and groups those that are alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jobs.operations import Child, Outcome, Result, Selection, Task, register
from library import duplicate_groups
from library.comic_item import first_items
from library.comic_operation import ComicOperation
from library.duplicate_models import ComparedPages
from library.duplicates import WAYS
from library.exceptions import ComicError
from library.models import Comic
from library.work.process import Plan


class FindDuplicatesOptions(forms.Form):
    name = forms.BooleanField(
        required=False,
        initial=True,
        label=gettext_lazy("Same series and number"),
        help_text=gettext_lazy("As the tags say, or the file's name."),
    )
    equal = forms.BooleanField(
        required=False,
        initial=True,
        label=gettext_lazy("Same pages"),
        help_text=gettext_lazy("To the byte, whatever the tags and the container. Quick."),
    )
    alike = forms.BooleanField(
        required=False,
        initial=True,
        label=gettext_lazy("Pages that look alike"),
        help_text=gettext_lazy(
            "Recompressed, resized, with or without adverts. Every page is read once, which takes "
            "about as long as to verify it thoroughly."
        ),
    )
    likeness = forms.ChoiceField(
        choices=[
            ("strict", gettext_lazy("Nearly the same")),
            ("usual", gettext_lazy("Alike")),
            ("loose", gettext_lazy("Somewhat alike (more mistakes)")),
        ],
        initial="usual",
        label=gettext_lazy("How alike pages have to be"),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(cleaned.get(way) for way in WAYS):
            raise ValidationError(_("Choose at least one way to find duplicates."))
        return cleaned


@register
class FindDuplicates(ComicOperation):
    """Changes rows and no file; the groups are made when all has been read."""

    name = "find_duplicates"
    label = gettext_lazy("Find duplicates")
    summary = gettext_lazy("Finds comics that you have more than once. Changes no file.")
    changed_word = gettext_lazy("read")
    form = FindDuplicatesOptions
    work = "library.work.find_duplicates"
    child_modules = (*ComicOperation.child_modules, work)
    usual_timeout_seconds = 600
    undone_by = ""
    applies_previews = False

    def data(self, comic: Comic, task: Task) -> dict[str, Any]:
        compared = getattr(comic, "compared", None)
        return {
            "path": str(comic.file),
            "root": comic.library.path,
            "tags": comic.tags,
            "size_bytes": comic.compared_size_bytes,
            "mtime_ns": comic.compared_mtime_ns,
            "fingerprint": compared.fingerprint if compared else "",
            "decoded": bool(compared and compared.hashes),
            "named_path": compared.path if compared else None,
        }

    def perform_group(self, tasks: Sequence[Task], child: Child) -> Sequence[Result]:
        items = first_items(tasks, "compared")
        for item in items:
            item.end_early()
        found = self.examined(items, child)
        for item, plan in found:
            item.result = _result(plan)
        if not tasks[0].dry_run:
            _store([(item.comic, plan) for item, plan in found if item.comic])
        return [item.result for item in items if item.result]

    def finished(self, job_id: str, selection: Selection) -> None:
        super().finished(job_id, selection)
        duplicate_groups.group_soon(job_id)

    def report(self, job_id: str) -> Mapping[str, Any]:
        return duplicate_groups.report(job_id)


def _result(plan: Plan | ComicError) -> Result:
    if isinstance(plan, ComicError):
        return Result(Outcome(plan.outcome), str(plan))
    count = len(plan.row.get("hashes", b"")) // 8
    message = plan.message
    if count and not message:
        message = ngettext("%d page read.", "%d pages read.", count) % count
    return Result(Outcome(plan.outcome), message)


def _store(found: Sequence[tuple[Comic, Plan | ComicError]]) -> None:
    rows = []
    for comic, plan in found:
        if isinstance(plan, Plan) and plan.row:
            rows.append(_row(comic, plan))
    duplicate_groups.remember(rows)


def _row(comic: Comic, plan: Plan) -> ComparedPages:
    """The comic's row is changed in place, where its file was read."""
    row = getattr(comic, "compared", None) or ComparedPages(comic=comic)
    for name, value in plan.row.items():
        setattr(row, name, value)
    if "fingerprint" in plan.row and plan.identity:
        comic.compared_size_bytes = plan.identity.size
        comic.compared_mtime_ns = plan.identity.mtime_ns
    return row
