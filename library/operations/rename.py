"""Rename: the half of `process` that concerns the file's name."""

from django import forms
from django.utils.translation import gettext_lazy as _

from jobs.operations import Options, register
from library.arranging import Foresight
from library.operations.process import ByRules, by_template, template_field


class RenameOptions(forms.Form):
    template = template_field()


@register
class Rename(ByRules):
    name = "rename"
    label = _("Rename")
    summary = _("Renames the files by the template. Writes no tags.")
    form = RenameOptions
    fixed_options = {"tags": False, "rename_files": True}
    arranges = True

    def foresight(self, options: Options) -> Foresight:
        return by_template(options)
