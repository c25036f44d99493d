"""How an operation does one comic: examine and build in a child, settle here."""

import os
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs.events import announce
from jobs.operations import (
    Child,
    Operation,
    Options,
    Outcome,
    Result,
    Selection,
    Target,
    Task,
)
from library.exceptions import ComicError, NameTaken
from library.files import FileIdentity
from library.filters import selected
from library.models import Comic
from library.replacing import settle
from library.work.process import Plan


class ComicOperation(Operation):
    """One item for each comic; its key is the comic's id."""

    work: ClassVar[str]
    """The module with `examine(data, options) -> Plan` and `build(plan) -> BuiltFile | None`."""

    def targets(self, selection: Selection, options: Options) -> Iterable[Target]:
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

    def perform(self, task: Task, child: Child) -> Result:
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
        if task.dry_run:
            _check_name_is_free(comic, plan)
        else:
            built = child(f"{self.work}:build", plan)
            identity = settle(comic.file, plan.identity, built=built, new_name=plan.new_name)
            _store(comic, plan, identity)
        return Result(Outcome.CHANGED, _what_changed(plan), list(plan.changes))


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
        _update(comic, state=Comic.State.DUPLICATE, state_reason=str(error))
    return Result(Outcome(error.outcome), str(error))


def _check_name_is_free(comic: Comic, plan: Plan) -> None:
    """What `settle` would find, for a dry run. Raises NameTaken."""
    if not plan.new_name:
        return
    target = comic.file.with_name(plan.new_name)
    if os.path.lexists(target) and not (comic.file.exists() and target.samefile(comic.file)):
        raise NameTaken(_("“%s” exists already.") % plan.new_name)


def _note_clean(comic: Comic, plan: Plan, *, dry_run: bool) -> None:
    if comic.state != Comic.State.CLEAN and not dry_run:
        _update(comic, state=Comic.State.CLEAN, state_reason="")


def _store(comic: Comic, plan: Plan, identity: FileIdentity) -> None:
    name = plan.new_name or comic.name
    path = str(PurePosixPath(comic.folder, name))
    tags = dict(plan.after or {})
    # The row of a file that had this name once and is gone must not stand in the way.
    comic.library.comics.filter(path=path, present=False).exclude(pk=comic.pk).delete()
    _update(
        comic,
        path=path,
        name=name,
        tags=tags,
        series=tags.get("Series", "")[:500],
        issue=tags.get("Number", "")[:50],
        size_bytes=identity.size,
        mtime_ns=identity.mtime_ns,
        state=Comic.State.CLEAN,
        state_reason="",
    )


def _update(comic: Comic, **values: Any) -> None:
    for name, value in values.items():
        setattr(comic, name, value)
    comic.save(update_fields=[*values, "updated_at"])
    announce("comic_updated", comic.announcement())


def _what_changed(plan: Plan) -> str:
    tags = [change["field"] for change in plan.changes if change["field"] != "name"]
    parts = []
    if plan.new_name:
        parts.append(_("Renamed to “%s”.") % plan.new_name)
    if tags:
        parts.append(_("Tags changed: %s.") % ", ".join(tags))
    return " ".join(parts)
