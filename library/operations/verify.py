"""Verify: reads comics through, says which are damaged, and remembers what their pages were."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jobs.operations import (
    Check,
    Child,
    Options,
    Outcome,
    Result,
    Selection,
    SelectionError,
    Target,
    Task,
    go_on,
    register,
)
from library.comic_item import ComicItem, first_items
from library.comic_operation import ComicOperation
from library.exceptions import ComicError
from library.filters import find_library
from library.journal import write_comics
from library.models import Comic, Library
from library.rows import update_each
from library.verification import longest_unverified, note_tried
from library.work.process import Plan

DEPTHS = [
    ("container", gettext_lazy("Table of contents")),
    ("checksums", gettext_lazy("Every byte, by its sums")),
    ("pages", gettext_lazy("Every page decoded, too (slow)")),
]
_KNOWN = (
    "verdict",
    "verdict_reason",
    "fingerprint",
    "verified_depth",
    "verified_size_bytes",
    "verified_mtime_ns",
)
_FIELDS = (*_KNOWN, "verified_at", "page_count")


class VerifyOptions(forms.Form):
    depth = forms.ChoiceField(
        choices=DEPTHS,
        initial="checksums",
        label=gettext_lazy("How thoroughly"),
        help_text=gettext_lazy("The sums find what a disk has lost; decoding finds bad scans."),
    )


@register
class Verify(ComicOperation):
    """Changes rows and no file, so there is nothing to undo, and a preview shows all there is."""

    name = "verify"
    label = gettext_lazy("Verify")
    summary = gettext_lazy("Reads comics through and says which are damaged. Changes no file.")
    changed_word = gettext_lazy("judged anew")
    form = VerifyOptions
    starts_unseen = True
    work = "library.work.verify"
    child_modules = (*ComicOperation.child_modules, work)
    usual_timeout_seconds = 600
    undone_by = ""
    applies_previews = False
    takes_refused = True

    def targets(
        self, selection: Selection, options: Options, check: Check = go_on
    ) -> Iterable[Target]:
        """Besides the comics that every operation takes, `library` and `within_days`."""
        if "within_days" not in selection:
            return super().targets(selection, options, check)
        chosen = longest_unverified(*_share(selection))
        return (Target(str(pk), path) for pk, path in chosen)

    def scope(self, selection: Selection) -> str:
        if "within_days" not in selection:
            return super().scope(selection)
        return _("The longest unverified of “%s”") % _share(selection)[0]

    def data(self, comic: Comic, task: Task) -> dict[str, Any]:
        known = {name: getattr(comic, name) for name in _KNOWN}
        return {"path": str(comic.file), **known}

    def perform_group(self, tasks: Sequence[Task], child: Child) -> Sequence[Result]:
        items = first_items(tasks)
        for item in items:
            _end_early(item)
        found = self.examined(items, child)
        for item, plan in found:
            item.result = _result(plan)
        if not tasks[0].dry_run:
            _store([(item.comic, plan) for item, plan in found if item.comic])
            read = {item for item, plan in found if isinstance(plan, Plan) and plan.row}
            note_tried([item.comic for item in items if item.comic and item not in read])
        return [item.result for item in items if item.result]


def _share(selection: Selection) -> tuple[Library, int]:
    """Raises SelectionError."""
    days = selection["within_days"]
    if set(selection) != {"library", "within_days"} or type(days) is not int or days < 1:
        raise SelectionError(_("Give “library” and “within_days”: a number of days."))
    return find_library(selection["library"]), days


def _end_early(item: ComicItem) -> None:
    """One that was refused is looked at again, unless no path leads to it."""
    item.end_early(takes_refused=True)
    comic = item.comic
    if comic and comic.verdict == Comic.Verdict.REFUSED and not comic.file.exists():
        item.result = Result(Outcome.SKIPPED, comic.verdict_reason)


def _result(plan: Plan | ComicError) -> Result:
    if isinstance(plan, ComicError):
        return Result(Outcome(plan.outcome), str(plan))
    message = plan.message
    if plan.outcome in (Outcome.CHANGED, Outcome.UNCHANGED):
        count = plan.row["page_count"]
        sound = ngettext("Sound: %d page.", "Sound: %d pages.", count) % count
        message = f"{sound} {message}".strip()
    return Result(Outcome(plan.outcome), message, list(plan.changes))


def _store(found: Sequence[tuple[Comic, Plan | ComicError]]) -> None:
    """In one go; only of those whose verdict is another one now every page is told."""
    told: list[Comic] = []
    silent: list[Comic] = []
    for comic, plan in found:
        if isinstance(plan, Plan) and plan.row:
            for name, value in {**plan.row, "verified_at": now()}.items():
                setattr(comic, name, value)
            (told if plan.changes else silent).append(comic)
    update_each(silent, _FIELDS)
    write_comics(told, _FIELDS)
