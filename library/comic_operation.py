"""How an operation does one comic: examine and build in a child, settle here."""

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs.operations import (
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
from library import journal
from library.archives.building import BuiltFile, Workplace
from library.changing import abandon, carry_out
from library.exceptions import ComicError, NameTaken
from library.filters import selected
from library.journal import Intent, update_comic
from library.models import Change, Comic
from library.work.process import Plan


class ComicOperation(Operation):
    """One item for each comic; its key is the comic's id."""

    work: ClassVar[str]
    """The module with `examine(data, options) -> Plan` and `build(plan) -> BuiltFile | None`."""

    def targets(
        self, selection: Selection, options: Options, check: Check = go_on
    ) -> Iterable[Target]:
        ordered = selected(dict(selection)).order_by("library_id", "folder", "name")
        for pk, path in ordered.values_list("pk", "path").iterator():
            yield Target(str(pk), path)

    def scope(self, selection: Selection) -> str:
        if "comics" in selection and isinstance(selection["comics"], list):
            count = len(selection["comics"])
            return ngettext("%d selected", "%d selected", count) % count
        return _("All that match a filter") if selection.get("filter") else _("All comics")

    def item_facts(self, key: str) -> dict[str, Any]:
        return {"comic_id": int(key)}

    def finished(self, job_id: str, selection: Selection) -> None:
        _claimed.pop(job_id, None)

    def perform(self, task: Task, child: Child) -> Result:
        if done := _done_before(task):
            return Result(Outcome.CHANGED, done.message, done.changes)
        comic = Comic.objects.select_related("library").filter(pk=int(task.key)).first()
        if comic is None:
            return Result(Outcome.SKIPPED, _("This comic is no longer in the library."))
        if comic.verdict == Comic.Verdict.REFUSED:
            return Result(Outcome.SKIPPED, comic.verdict_reason)
        try:
            plan = child(f"{self.work}:examine", _data(comic), dict(task.options))
            return self._carry_out(comic, plan, task, child)
        except ComicError as error:
            return _refused(comic, error, dry_run=task.dry_run)

    def _carry_out(self, comic: Comic, plan: Plan, task: Task, child: Child) -> Result:
        if plan.outcome == "unchanged":
            _note_clean(comic, plan, dry_run=task.dry_run)
        if plan.outcome != "changed" or plan.identity is None:
            return Result(Outcome(plan.outcome), plan.message)
        _check_name_is_free(comic, plan)
        intent = self._intent(comic, plan, task)
        if task.dry_run:
            _claim_name(comic, plan, task)
        else:

            def build(place: Workplace) -> BuiltFile | None:
                built: BuiltFile | None = child(f"{self.work}:build", replace(plan, place=place))
                return built

            carry_out(intent, build)
        return Result(Outcome.CHANGED, intent.message, intent.changes)

    def _intent(self, comic: Comic, plan: Plan, task: Task) -> Intent:
        assert plan.identity is not None  # noqa: S101 - it was read
        return Intent(
            comic,
            self.name,
            plan.identity,
            new_name=plan.new_name or "",
            job=task.job_id,
            position=task.position,
            user_id=task.user_id,
            before=dict(plan.before or {}),
            after=dict(plan.after or {}),
            changes=list(plan.changes),
            row={"state": Comic.State.CLEAN, "state_reason": ""},
            message=_what_changed(plan),
        )


def _done_before(task: Task) -> Change | None:
    """The item's change, where a worker died after it was done and before that was recorded."""
    if task.dry_run:
        return None
    change = journal.recorded(task.job_id, task.position)
    if change is not None and change.is_open:
        abandon(change)  # a worker failed at taking it back; the item is this one's now
    return change if change is not None and change.state == Change.State.DONE else None


def _data(comic: Comic) -> dict[str, Any]:
    library = comic.library
    return {
        "path": str(comic.file),
        "root": library.path,
        "template": library.template,
        "strict": library.strict,
    }


def _refused(comic: Comic, error: ComicError, *, dry_run: bool) -> Result:
    if isinstance(error, NameTaken) and not dry_run:
        update_comic(comic, state=Comic.State.DUPLICATE, state_reason=str(error))
    return Result(Outcome(error.outcome), str(error))


def _check_name_is_free(comic: Comic, plan: Plan) -> None:
    """Before the work of building, and for a dry run; `settle` looks again. Raises NameTaken."""
    if not plan.new_name:
        return
    target = comic.file.with_name(plan.new_name)
    if os.path.lexists(target) and not (comic.file.exists() and target.samefile(comic.file)):
        raise NameTaken(_("“%s” exists already.") % plan.new_name)


_claimed: dict[str, dict[str, str]] = {}
"""The names that comics would get, by dry run: each with the key of the item that gets it."""


def _claim_name(comic: Comic, plan: Plan, task: Task) -> None:
    """In a dry run no file takes the name that the next one wants too. Raises NameTaken."""
    if not plan.new_name:
        return
    target = str(comic.file.with_name(plan.new_name))
    if _claimed.setdefault(task.job_id, {}).setdefault(target, task.key) != task.key:
        raise NameTaken(_("Another comic would get the name “%s”.") % plan.new_name)


def _note_clean(comic: Comic, plan: Plan, *, dry_run: bool) -> None:
    if comic.state != Comic.State.CLEAN and not dry_run:
        update_comic(comic, state=Comic.State.CLEAN, state_reason="")


def _what_changed(plan: Plan) -> str:
    tags = [change["field"] for change in plan.changes if change["field"] != "name"]
    parts = []
    if plan.new_name:
        parts.append(_("Renamed to “%s”.") % plan.new_name)
    if tags:
        parts.append(_("Tags changed: %s.") % ", ".join(tags))
    return " ".join(parts)
