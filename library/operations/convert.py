"""Convert: any readable comic becomes a .cbz with the same pages."""

from pathlib import PurePosixPath

from django import forms
from django.utils.translation import gettext_lazy as _

from jobs.operations import Options, register
from library.arranging import Foresight
from library.comic_operation import ComicOperation


class ConvertOptions(forms.Form):
    drop_junk = forms.BooleanField(
        required=False,
        initial=False,
        label=_("Leave out what systems left behind"),
        help_text=_("Thumbs.db, desktop.ini, .DS_Store, __MACOSX and files that begin with “._”."),
    )


@register
class Convert(ComicOperation):
    name = "convert"
    label = _("Convert to CBZ")
    call = _("Convert %s")
    summary = _("Makes a .cbz of every other archive. Its pages stay as they are to the byte.")
    form = ConvertOptions
    work = "library.work.convert"
    child_modules = (*ComicOperation.child_modules, work)
    arranges = True

    def foresight(self, options: Options) -> Foresight:
        return lambda comic, facts: str(PurePosixPath(comic.path).with_suffix(".cbz"))
