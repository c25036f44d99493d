"""Restore: what lies in the trash gets its place again."""

from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jobs.operations import (
    Check,
    Options,
    Selection,
    SelectionError,
    Target,
    Task,
    go_on,
    register,
)
from library import restoring
from library.change_operation import ChangeOperation, NothingToDo, within_a_moment
from library.exceptions import ComicError
from library.filters import ids_of
from library.models import TrashedFile
from library.returning import Return


@register
class Restore(ChangeOperation):
    name = "restore"
    label = gettext_lazy("Restore")
    summary = gettext_lazy("Gives what lies in the trash its place again.")
    changed_word = gettext_lazy("restored")
    foreseen = gettext_lazy("Would be restored from the trash.")

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

    def apart(self, tasks: Sequence[Task]) -> Sequence[Task]:
        files = _files(tasks)
        first: list[Task] = []
        concerned: set[object] = set()
        for task in tasks:
            its = _concerned_by(files.get(int(task.key)))
            if first and its & concerned:
                break
            first.append(task)
            concerned |= its
        sizes = {
            task.position: files[int(task.key)].size_bytes
            for task in first
            if int(task.key) in files
        }
        return within_a_moment(first, sizes)

    def look_all(self, tasks: Sequence[Task]) -> Iterator[Return | ComicError]:
        found = restoring.look_all(_files(tasks).values())
        gone = NothingToDo(_("It is no longer in the trash."))
        return (found.get(int(task.key), gone) for task in tasks)


def _files(tasks: Sequence[Task]) -> dict[int, TrashedFile]:
    related = TrashedFile.objects.select_related(
        "library", "change__library", "change__comic__library"
    )
    return related.in_bulk([int(task.key) for task in tasks])


def _concerned_by(file: TrashedFile | None) -> set[object]:
    """The comic and the place of a file in the trash: one other file at a time can have them."""
    if file is None:
        return set()
    comic = file.change and file.change.comic_id
    return {(file.library_id, file.path), *([comic] if comic else [])}
