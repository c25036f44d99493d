"""Restore: what lies in the trash gets its place again."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jobs.operations import (
    Check,
    Child,
    Options,
    Selection,
    SelectionError,
    Target,
    Task,
    go_on,
    register,
)
from library import restoring
from library.change_operation import ChangeOperation, Foreseen, NothingToDo
from library.filters import ids_of
from library.models import Change, TrashedFile
from library.restoring import Author


@register
class Restore(ChangeOperation):
    name = "restore"
    label = gettext_lazy("Restore")
    summary = gettext_lazy("Gives what lies in the trash its place again.")
    changed_word = gettext_lazy("restored")

    def targets(
        self, selection: Selection, options: Options, check: Check = go_on
    ) -> Iterable[Target]:
        if set(selection) != {"trashed"}:
            raise SelectionError(_("To restore takes “trashed”: ids of what lies in the trash."))
        found = TrashedFile.objects.filter(pk__in=ids_of(selection, "trashed"))
        rows = found.order_by("library_id", "path", "pk").values_list("pk", "path")
        return [Target(str(pk), path) for pk, path in rows]

    def scope(self, selection: Selection) -> str:
        count = len(selection.get("trashed", []))
        return ngettext("%d file in the trash", "%d files in the trash", count) % count

    def foresee(self, task: Task) -> Foreseen:
        changes = restoring.foresee(_trashed(task))
        return Foreseen(_("Would be restored from the trash."), changes)

    def do(self, task: Task, child: Child) -> Change:
        author = Author(task.job_id, task.position, task.user_id)
        return restoring.restore(_trashed(task), author)


def _trashed(task: Task) -> TrashedFile:
    related = TrashedFile.objects.select_related("library", "change__library", "change__comic")
    trashed = related.filter(pk=int(task.key)).first()
    if trashed is None:
        raise NothingToDo(_("It is no longer in the trash."))
    return trashed
