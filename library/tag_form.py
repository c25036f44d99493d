"""All tags of a comic in one form: each with the input that suits it, checked where it changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from library.metadata.editing import EDITABLE, LISTS
from library.metadata.values import RANGES, WHOLE
from library.operations.edit_tags import wrong_tag
from library.tag_values import LABELS, LINES, NARROW, SUGGESTIONS, VALUES, WIDE

GROUPS: list[tuple[str, Any, tuple[str, ...]]] = [
    ("basics", gettext_lazy("Basics"), (
        "Series", "Number", "Title", "Volume", "Count", "Year", "Month", "Day", "Format",
        "LanguageISO",
    )),
    ("story", gettext_lazy("Story"), (
        "Summary", "Genre", "Tags", "Characters", "MainCharacterOrTeam", "Teams", "Locations",
        "StoryArc", "StoryArcNumber", "SeriesGroup", "AlternateSeries", "AlternateNumber",
        "AlternateCount",
    )),
    ("people", gettext_lazy("People"), (
        "Writer", "Penciller", "Inker", "Colorist", "Letterer", "CoverArtist", "Editor",
        "Translator",
    )),
    ("publishing", gettext_lazy("Publishing"), (
        "Publisher", "Imprint", "AgeRating", "Manga", "BlackAndWhite", "CommunityRating", "Web",
        "GTIN", "Review",
    )),
    ("technical", gettext_lazy("Technical"), ("PageCount", "ScanInformation", "Notes")),
]  # fmt: skip


class TagField(forms.CharField):
    """Keeps what it was rendered with beside it, so that only what a person changed is sent."""

    def __init__(self, element: str, present: str) -> None:
        super().__init__(
            required=False,
            label=LABELS.get(element, element),
            help_text=_help(element),
            widget=_widget(element, present),
            show_hidden_initial=True,
        )
        self.is_wide = element in WIDE
        self.is_narrow = element in NARROW
        self.suggestions = SUGGESTIONS.get(element, ())

    def to_python(self, value: Any) -> str:
        """Line ends as files have them: forms send those of their standard."""
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(initial) != self.to_python(data)


@dataclass(frozen=True)
class Group:
    name: str
    label: str
    fields: list[BoundField]
    is_open: bool


class TagsForm(forms.Form):
    """The fields' names are ComicInfo's elements."""

    def __init__(self, tags: Mapping[str, str], data: Any = None) -> None:
        """`tags` are the present ones."""
        super().__init__(data, initial=dict(tags), auto_id="tag-%s")
        for element in EDITABLE:
            self.fields[element] = TagField(element, tags.get(element, ""))

    def clean(self) -> dict[str, Any]:
        """What is odd already and was left alone stays as it is."""
        cleaned = super().clean() or {}
        for element in self.changed_data:
            text = cleaned.get(element, "")
            if problem := wrong_tag(element, text):
                self.add_error(element, problem)
        return cleaned

    def changes(self) -> dict[str, str | None]:
        """What a person changed; None clears a field. Only after the form was found valid."""
        return {element: self.cleaned_data[element] or None for element in self.changed_data}

    @property
    def groups(self) -> Iterator[Group]:
        for name, label, elements in GROUPS:
            fields = [self[element] for element in elements]
            has_values = any(self.initial.get(element) for element in elements)
            is_open = name == "basics" or has_values or any(field.errors for field in fields)
            yield Group(name, label, fields, is_open)


def _widget(element: str, present: str) -> forms.Widget:
    attributes: dict[str, Any] = {"autocomplete": "off"}
    if element in VALUES:
        values = VALUES[element]
        odd = [(present, present)] if present and present not in values else []
        return forms.Select(choices=[("", "–"), *values.items(), *odd])
    if element in LINES or "\n" in present:
        return forms.Textarea(attributes | {"rows": 6 if element == "Summary" else 3})
    if element in SUGGESTIONS:
        attributes["list"] = f"{element}-values"
    # An input for numbers would show nothing of a text that is none, and then clear it.
    if element in RANGES and (not present or WHOLE.fullmatch(present)):
        least, most = RANGES[element]
        return forms.NumberInput(attributes | {"min": least, "max": most, "step": 1})
    return forms.TextInput(attributes)


def _help(element: str) -> str:
    if element in LISTS:
        return _("Commas between several.")
    return _("Addresses that begin with http:// or https://.") if element == "Web" else ""
