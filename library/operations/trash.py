"""Trash: comics go to their library's trash folder, from which they can be restored."""

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.operations import Child, register
from library.changing import Built
from library.comic_item import ComicItem
from library.comic_operation import ComicOperation
from library.exceptions import ComicError
from library.journal import Intent
from library.work.process import Plan


@register
class Trash(ComicOperation):
    name = "trash"
    label = gettext_lazy("Move to trash")
    call = gettext_lazy("Move %s to the trash")
    summary = gettext_lazy("Moves comics to their library's trash, where they stay for a while.")
    changed_word = gettext_lazy("moved to the trash")
    work = "library.work.trash"
    takes_refused = True
    is_repeatable = False

    def build_all(self, plans: Sequence[Plan], child: Child) -> Sequence[Built | ComicError]:
        read: list[Built | ComicError] = child(f"{self.work}:read_all", plans)
        return read

    def _intent(self, item: ComicItem) -> Intent:
        """The tags go nowhere: an undo finds them as they are in the comic's row."""
        assert item.comic is not None  # noqa: S101 - it was read
        tags = dict(item.comic.tags)
        return replace(super()._intent(item), before=tags, after=tags)

    def what_changed(self, plan: Plan) -> str:
        return _("Moved to the trash.")
