"""Folders, their rules, and which comics to process."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs import lifecycle
from jobs.lifecycle import Job
from library import registering
from library.models import Library


class FolderForm(forms.Form):
    """A folder to keep clean: checked, registered and scanned."""

    path = forms.CharField(
        label=gettext_lazy("Folder"),
        max_length=4096,
        widget=forms.TextInput(
            attrs={"placeholder": "/comics", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    watch = forms.ChoiceField(
        label=gettext_lazy("New files"),
        choices=Library.Watching.choices,
        initial=Library.Watching.LIST,
        required=False,
        help_text=gettext_lazy("What is done about files that come later."),
    )

    def save(self, *, user: lifecycle.Somebody) -> Job | None:
        """The scan; None where the folder cannot be used, which the form then says."""
        given = self.cleaned_data
        watch = given["watch"] or Library.Watching.LIST
        try:
            _library, job = registering.register_and_scan(given["path"], watch=watch, user=user)
        except ValidationError as error:
            self.add_error("path", error.messages)
            return None
        return job


class RulesForm(forms.ModelForm[Library]):
    class Meta:
        model = Library
        fields = Library.RULES
        labels = {
            "template": gettext_lazy("Name template"),
            "strict": gettext_lazy("Strict rules"),
            "fill_from_names": gettext_lazy("Fill gaps from names"),
            "fill_titles": gettext_lazy("Fill in titles"),
            "use_folders": gettext_lazy("Use folders' names"),
            "rename_files": gettext_lazy("Rename files"),
        }
        help_texts = {
            "template": gettext_lazy(
                "Fields such as {series} {issue} {title} {volume} {year} {publisher}. {issue:4} "
                "fills the number with zeros to four digits; [ ({year})] vanishes without a year; "
                "{publisher}/ is a folder."
            ),
            "strict": gettext_lazy(
                "The title is always “Chapter N”, the series always the folder's name."
            ),
            "fill_from_names": gettext_lazy(
                "What the tags lack is taken from the names of the file and its folder."
            ),
            "fill_titles": gettext_lazy("Comics without a title get “Chapter N”."),
            "use_folders": gettext_lazy("The folder's name counts for the series."),
            "rename_files": gettext_lazy(
                "Processing renames by the template; else only tags are put in order."
            ),
        }
        widgets = {
            "template": forms.TextInput(
                attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}
            )
        }

    @property
    def switches(self) -> list[forms.BoundField]:
        """All but the template."""
        return [field for field in self if field.name != "template"]


class CareForm(forms.ModelForm[Library]):
    """What is done with a library by itself."""

    class Meta:
        model = Library
        fields = ["watch", "scan_times", "verify_days", "verify_time"]
        labels = {
            "watch": gettext_lazy("New files"),
            "scan_times": gettext_lazy("Scan at"),
            "verify_days": gettext_lazy("Verify all within days"),
            "verify_time": gettext_lazy("Verify at"),
        }
        help_texts = {
            "watch": gettext_lazy("What is done about files that are added, changed or moved."),
            "scan_times": gettext_lazy(
                "Times of the day, such as 03:30, 15:00, or “every 6 hours”. Empty: never."
            ),
            "verify_days": gettext_lazy("A share each night. 0: none by themselves."),
        }
        widgets = {
            "scan_times": forms.TextInput(attrs={"autocomplete": "off"}),
            "verify_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }


class SelectionForm(forms.Form):
    """Which comics: those ticked, those that match the list's filter, or all."""

    SCOPES = ("ticked", "filter", "all")

    scope = forms.ChoiceField(choices=[(scope, scope) for scope in SCOPES])
    filter = forms.CharField(required=False)
    """The list's query string."""
    ids = forms.CharField(required=False)
    """Ticked on any page, as scripts send them: with commas between."""
    matching = forms.CharField(required=False)
    """Without scripts a button says so instead of the scope; “preview” asks for a dry run."""
    preview = forms.BooleanField(required=False)

    @property
    def is_preview(self) -> bool:
        return bool(self.cleaned_data["preview"] or self.cleaned_data["matching"] == "preview")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("matching"):
            cleaned["scope"] = "filter"
        if cleaned.get("scope") == "ticked" and not self._ticked():
            raise ValidationError(_("Tick at least one comic first."))
        return cleaned

    def selection(self) -> dict[str, Any]:
        """As jobs take it. Only after the form was found valid."""
        if self.cleaned_data["scope"] == "all":
            return {"all": True}
        if self.cleaned_data["scope"] == "filter":
            return {"filter": QueryDict(self.cleaned_data["filter"]).dict()}
        return {"comics": sorted(self._ticked())}

    def kept(self) -> dict[str, str]:
        """The selection as hidden fields, for a page between the choice and the start."""
        scope = self.cleaned_data["scope"]
        return {
            "scope": scope,
            "filter": self.cleaned_data["filter"] if scope == "filter" else "",
            "ids": ",".join(map(str, sorted(self._ticked()))) if scope == "ticked" else "",
        }

    def _ticked(self) -> set[int]:
        boxes = self.data.getlist("comics") if isinstance(self.data, QueryDict) else []
        given = [*boxes, *self.cleaned_data.get("ids", "").split(",")]
        numbers = (text for text in given if text.isascii() and text.isdecimal())
        return {int(text) for text in numbers if len(text) < 19}
