"""Process: normalise the tags, rename by the template, mark duplicates. The main job."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from jobs.operations import Options, Task, register
from library.arranging import Foresight
from library.comic_operation import ComicOperation
from library.company import company_in
from library.metadata.merging import is_numbered
from library.metadata.model import ELEMENTS
from library.models import Comic, validate_template
from library.work.rules import Comic as Facts
from library.work.rules import Rules, decide, goal

CHIPS = ("{series}", "{issue:4}", "{title}", "{volume}", "{year}", "{publisher}")
"""What a page offers to put into a template."""


class TemplateField(forms.CharField):
    chips = CHIPS


def template_field() -> forms.Field:
    return TemplateField(
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
            }
        ),
    )


def rule_field(label: Any, help_text: Any) -> forms.Field:
    """Yes, no, or as the library has it."""
    widget = forms.NullBooleanSelect()
    widget.choices = [
        ("unknown", _("As the library's rules say")),
        ("true", _("Yes")),
        ("false", _("No")),
    ]
    return forms.NullBooleanField(required=False, widget=widget, label=label, help_text=help_text)


class TagRules(forms.Form):
    """Those of a library's rules that concern tags, for one job."""

    strict = rule_field(
        _("Strict rules"), _("Title always “Chapter N”, series always from the folder's name.")
    )
    fill_from_names = rule_field(
        _("Fill gaps from names"),
        _("What the tags lack is taken from the names of the file and its folder."),
    )
    fill_titles = rule_field(_("Fill in titles"), _("Comics without a title get “Chapter N”."))
    use_folders = rule_field(_("Use folders' names"), _("The folder's name counts for the series."))


def by_template(options: Options) -> Foresight:
    """Where the template brings a comic."""
    rules: dict[int, Rules] = {}

    def target(comic: Comic, facts: Facts) -> str:
        if comic.library_id not in rules:
            rules[comic.library_id] = Rules.of(comic.library.rules, options)
        its = rules[comic.library_id]
        if comic.format not in ("cbr", "cb7"):
            return goal(facts, its)
        decision = decide(facts, its)
        # These take no tags, so such comics are skipped.
        skips = any(change["field"] in ELEMENTS for change in decision.changes)
        return comic.path if skips else decision.path

    return target


class ProcessOptions(TagRules):
    template = template_field()
    rename_files = rule_field(
        _("Rename files"), _("By the template; else only tags are put in order.")
    )
    field_order = ("template",)


class ByRules(ComicOperation):
    work = "library.work.process"

    def data(self, comic: Comic, task: Task) -> dict[str, Any]:
        data = super().data(comic, task)
        if not is_numbered(comic.tags):
            data["siblings"] = company_in(task.job_id).of(comic, position=task.position)
        return data


@register
class Process(ByRules):
    name = "process"
    label = _("Process")
    summary = _("Normalises the tags, renames by the template and marks duplicates.")
    form = ProcessOptions
    starts_unseen = True
    arranges = True

    def foresight(self, options: Options) -> Foresight:
        return by_template(options)
