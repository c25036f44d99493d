"""Convert: any readable comic becomes a .cbz with the same pages."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from django import forms
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jobs.operations import Child, Options, Outcome, register
from library.arranging import Foresight
from library.comic_item import ComicItem
from library.comic_operation import ComicOperation
from library.journal import Intent
from library.models import Change, Comic
from library.work.convert import Conversion
from library.work.process import Plan
from library.work.rules import Comic as Facts


class ConvertOptions(forms.Form):
    original = forms.ChoiceField(
        choices=[
            ("trash", gettext_lazy("Goes to the trash, and undo brings it back")),
            ("keep", gettext_lazy("Stays beside the new file")),
        ],
        initial="trash",
        label=gettext_lazy("The original"),
    )
    fix_suffixes = forms.BooleanField(
        required=False,
        initial=True,
        label=gettext_lazy("Fix wrong suffixes"),
        help_text=gettext_lazy("What is a .cbz already under another suffix only gets its name."),
    )
    drop_junk = forms.BooleanField(
        required=False,
        initial=False,
        label=gettext_lazy("Leave out what systems left behind"),
        help_text=gettext_lazy(
            "Thumbs.db, desktop.ini, .DS_Store, __MACOSX and files that begin with “._”."
        ),
    )
    drop_credits = forms.BooleanField(
        required=False,
        initial=False,
        label=gettext_lazy("Leave out the credits of scanners"),
        help_text=gettext_lazy(
            "Pages at the ends whose names say so (zz-scanner, credits, z_tag), and .nfo files."
        ),
    )


@register
class Convert(ComicOperation):
    name = "convert"
    label = gettext_lazy("Convert to CBZ")
    summary = gettext_lazy(
        "Makes a .cbz of every other archive. Its pages stay as they are to the byte."
    )
    form = ConvertOptions
    work = "library.work.convert"
    child_modules = (*ComicOperation.child_modules, work)
    arranges = True

    def foresight(self, options: Options) -> Foresight:
        def target(comic: Comic, facts: Facts) -> str:
            stays = comic.format == "cbz" and not options.get("fix_suffixes", True)
            return comic.path if stays else str(PurePosixPath(comic.path).with_suffix(".cbz"))

        return target

    def what_changed(self, plan: Plan) -> str:
        if not isinstance(plan, Conversion) or not plan.changes_format:
            return super().what_changed(plan)
        text = _("Converted to .cbz.")
        if plan.keeps_original:
            text = _("Converted to .cbz; the original stays.")
        count = len(plan.without)
        left_out = ngettext("%d file left out.", "%d files left out.", count) % count
        return f"{text} {left_out}" if count else text

    def _intent(self, item: ComicItem) -> Intent:
        """Where the original stays, the new file is a comic of its own, and undo removes it."""
        intent = super()._intent(item)
        if not isinstance(item.plan, Conversion) or not item.plan.keeps_original:
            return intent
        comic = _beside(intent.comic, intent.new_name, stored=not item.task.dry_run)
        return replace(intent, comic=comic, expected=None, new_name="", before={})

    def _carry_out(self, items: Sequence[ComicItem], child: Child) -> None:
        super()._carry_out(items, child)
        for item in items:
            if isinstance(item.plan, Conversion) and item.plan.keeps_original:
                _forget_if_not_made(item)


def _beside(comic: Comic, name: str, *, stored: bool) -> Comic:
    path = str(PurePosixPath(comic.folder, name))
    values: dict[str, Any] = {
        "folder": comic.folder,
        "name": name,
        "format": "cbz",
        "present": False,
    }
    if not stored:
        return Comic(library=comic.library, path=path, **values)
    related = Comic.objects.select_related("library")
    defaults = values | {"missing_since": now()}
    new, _made = related.get_or_create(library=comic.library, path=path, defaults=defaults)
    return new


def _forget_if_not_made(item: ComicItem) -> None:
    if item.result and item.result.outcome != Outcome.CHANGED and item.comic and item.plan:
        path = str(PurePosixPath(item.comic.folder, item.plan.new_name or ""))
        row = Comic.objects.filter(library=item.comic.library_id, path=path, present=False)
        row.exclude(changes__state=Change.State.DONE).delete()
