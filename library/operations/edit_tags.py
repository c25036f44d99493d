"""Edit tags: set, clear, append, find and replace, number, copy; for one comic or for thousands."""

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.operations import Check, Options, Selection, Target, Task, go_on, register
from library.archives.base import natural_key
from library.comic_operation import ComicOperation
from library.metadata.comicinfo import check_value
from library.metadata.editing import COUNTABLE, EDITABLE, LISTS
from library.metadata.exceptions import MetadataError
from library.metadata.values import wrong_value
from library.models import Comic, ComicQuerySet
from library.tag_values import LABELS
from library.tags_widget import TagsWidget, shared_tags

ACTIONS = [
    ("set", gettext_lazy("Set to the text")),
    ("clear", gettext_lazy("Clear")),
    ("append", gettext_lazy("Append the text to a list")),
    ("replace", gettext_lazy("Find and replace by the text")),
    ("number", gettext_lazy("Number one after the other")),
    ("copy", gettext_lazy("Copy to another field")),
]
MAX_TEXT = 10_000
_NONE = ("", gettext_lazy("Choose a field"))
_FIELDS = [_NONE, *((element, LABELS[element]) for element in EDITABLE)]


class TagsField(forms.Field):
    """Several fields at once: a mapping, or the JSON text of one, of names to texts or None."""

    json_schema = {
        "type": ["object", "string", "null"],
        "propertyNames": {"enum": list(EDITABLE)},
        "additionalProperties": {"type": ["string", "null"], "maxLength": MAX_TEXT},
    }

    def to_python(self, value: Any) -> dict[str, str | None]:
        """Raises ValidationError with a sentence for each field that is wrong."""
        if isinstance(value, str) and value.strip():
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                raise ValidationError(_("This is no JSON.")) from None
        if value in self.empty_values:
            return {}
        if not isinstance(value, dict):
            raise ValidationError(_("Give an object of fields with their texts."))
        wrong = {name: text for name, given in value.items() if (text := wrong_tag(name, given))}
        if wrong:
            raise ValidationError([f"{name[:100]}: {text}" for name, text in wrong.items()])
        return value


def wrong_tag(name: str, text: object) -> str:
    """Why this field cannot be given this text; "" where it can."""
    if name not in EDITABLE:
        return _("There is no such field. There are: %s.") % ", ".join(EDITABLE)
    if text is None:
        return ""
    if not isinstance(text, str):
        return _("Give a text, or null to clear it.")
    return _unstorable(name, text) or wrong_value(name, text.strip())


def _unstorable(name: str, text: str) -> str:
    if len(text) > MAX_TEXT:
        return _("At most %d characters are allowed.") % MAX_TEXT
    try:
        check_value(name, text)
    except MetadataError:
        return _("It holds a character that ComicInfo.xml cannot store.")
    return ""


def _text(label: Any, help_text: Any, *, actions: str) -> forms.CharField:
    # Not stripped: in find and replace a space counts.
    return forms.CharField(
        required=False,
        strip=False,
        max_length=MAX_TEXT,
        label=label,
        help_text=help_text,
        widget=forms.TextInput(attrs={"data-for": actions}),
    )


class EditTagsOptions(forms.Form):
    tags = TagsField(
        required=False,
        widget=TagsWidget,
        label=gettext_lazy("Several fields at once"),
        help_text=gettext_lazy(
            "Only what you change is written. An emptied field is cleared. “(several)” stands "
            "where the comics differ."
        ),
    )
    action = forms.ChoiceField(
        choices=ACTIONS,
        initial="set",
        label=gettext_lazy("What to do"),
        widget=forms.Select(attrs={"data-action": ""}),
    )
    field = forms.ChoiceField(choices=_FIELDS, required=False, label=gettext_lazy("Field"))
    find = _text(gettext_lazy("Find"), gettext_lazy("Only to find and replace."), actions="replace")
    ignore_case = forms.BooleanField(
        required=False,
        initial=False,
        label=gettext_lazy("Find large and small letters alike"),
        widget=forms.CheckboxInput(attrs={"data-for": "replace"}),
    )
    value = _text(
        gettext_lazy("Text"),
        gettext_lazy("To set, to append (commas between several), or what comes in place."),
        actions="set append replace",
    )
    to_field = forms.ChoiceField(
        choices=_FIELDS,
        required=False,
        label=gettext_lazy("Copy to"),
        help_text=gettext_lazy("Only to copy."),
        widget=forms.Select(attrs={"data-for": "copy"}),
    )
    start = forms.IntegerField(
        required=False,
        initial=1,
        min_value=0,
        max_value=1_000_000,
        label=gettext_lazy("First number"),
        help_text=gettext_lazy("Only to number: the comics get it and those after it, by path."),
        widget=forms.NumberInput(attrs={"data-for": "number"}),
    )

    @property
    def groups(self) -> list[tuple[Any, list[BoundField]]]:
        """Two ways to say what shall be."""
        one = [self[name] for name in self.fields if name != "tags"]
        return [
            (gettext_lazy("Fill in fields"), [self["tags"]]),
            (gettext_lazy("Or change one field by a rule"), one),
        ]

    def show_comics(self, comics: ComicQuerySet, *, count: int) -> None:
        """Show what these comics say now."""
        widget = self.fields["tags"].widget
        assert isinstance(widget, TagsWidget)  # noqa: S101
        widget.shared = shared_tags(comics, count=count)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        if given["tags"]:
            if given["field"]:
                self.add_error("tags", _("Give either “tags” or a “field”, not both."))
            return given
        for name, text in _wrong(given):
            self.add_error(name, text)
        return given


def _wrong(given: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """What the action lacks, by the option at fault."""
    action, field, value = given["action"], given["field"], given["value"]
    if not field:
        yield "field", _("Choose a field.")
        return
    if problem := wrong_tag(field, value) if action == "set" else _unstorable(field, value):
        yield "value", problem
    if action == "set" and not value.strip():
        yield "value", _("Give a text, or choose to clear the field.")
    if action == "append" and field not in LISTS:
        yield "field", _("This is no list. Lists are: %s.") % ", ".join(LISTS)
    if action == "append" and not value.strip(" ,"):
        yield "value", _("Give what is to be appended.")
    if action == "replace" and not given["find"]:
        yield "find", _("Give the text that is to be replaced.")
    if action == "number" and field not in COUNTABLE:
        yield "field", _("Only these can be numbered: %s.") % ", ".join(COUNTABLE)
    if action == "number" and given["start"] is None:
        yield "start", _("Give the first number.")
    if action == "copy" and given["to_field"] in ("", field):
        yield "to_field", _("Choose another field to copy to.")


@register
class EditTags(ComicOperation):
    """Where comics are numbered, an item's key holds its number too: whoever retries some of the
    items, or applies a preview without all of them, gets the same numbers."""

    name = "edit_tags"
    label = gettext_lazy("Edit tags")
    call = gettext_lazy("Edit the tags of %s")
    summary = gettext_lazy("Changes the same tags of many comics at once. Renames nothing.")
    form = EditTagsOptions
    work = "library.work.edit_tags"
    child_modules = (*ComicOperation.child_modules, work)

    def targets(
        self, selection: Selection, options: Options, check: Check = go_on
    ) -> Iterable[Target]:
        return _numbered(super().targets(selection, options, check), options)

    def again(self, targets: Iterable[Target], options: Options) -> Iterable[Target]:
        return _numbered(super().again(targets, options), options)

    def data(self, comic: Comic, task: Task) -> dict[str, Any]:
        _comic, _colon, number = task.key.partition(":")
        return {**super().data(comic, task), "number": int(number or 0)}


def _numbered(targets: Iterable[Target], options: Options) -> Iterable[Target]:
    """With the number of each in its key, where the comics are to be numbered."""
    if options["tags"] or options["action"] != "number":
        return targets
    ordered = sorted(targets, key=lambda target: natural_key(target.path))
    numbered = enumerate(ordered, start=options["start"])
    return (Target(f"{each.key}:{number}", each.path) for number, each in numbered)
