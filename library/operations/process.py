"""Process: normalise the tags, rename by the template, mark duplicates. The main job."""

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from jobs.operations import register
from library.comic_operation import ComicOperation
from library.models import validate_template

CHIPS = ("{series}", "{issue:4}", "{title}", "{volume}", "{year}", "{publisher}")
"""What a page offers to put into a template."""


def template_field() -> forms.Field:
    return forms.CharField(
        required=False,
        empty_value=None,
        max_length=300,
        validators=[validate_template],
        label=_("Name template"),
        help_text=_(
            "Empty: the library's own. The suffix is kept; characters that a file system refuses "
            "are replaced."
        ),
        widget=forms.TextInput(
            attrs={
                "class": "mono",
                "autocomplete": "off",
                "spellcheck": "false",
                "data-names": reverse_lazy("preview-names"),
                "data-chips": " ".join(CHIPS),
            }
        ),
    )


def strict_field() -> forms.Field:
    widget = forms.NullBooleanSelect()
    widget.choices = [
        ("unknown", _("As the library's rules say")),
        ("true", _("Yes")),
        ("false", _("No")),
    ]
    return forms.NullBooleanField(
        required=False,
        widget=widget,
        label=_("Strict rules"),
        help_text=_("Title always “Chapter N”, series always from the folder's name."),
    )


class ProcessOptions(forms.Form):
    template = template_field()
    strict = strict_field()


@register
class Process(ComicOperation):
    name = "process"
    label = _("Process")
    summary = _("Normalises the tags, renames by the template and marks duplicates.")
    form = ProcessOptions
    starts_unseen = True
    work = "library.work.process"
