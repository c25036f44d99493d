"""Many comics' tags as inputs, of which only those count that somebody touched."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from library.metadata.editing import EDITABLE
from library.models import ComicQuerySet
from library.tag_values import LABELS

FIRST = (
    "Series", "Number", "Volume", "Title", "Year", "Month", "Publisher", "Writer", "Penciller",
    "Genre", "Tags", "AgeRating", "LanguageISO", "StoryArc",
)  # fmt: skip
"""What is shown before the others."""
MOST_COMICS = 5000
"""Of more the tags are not compared: to read them takes seconds."""
_ALWAYS = "*"
"""Stands for what the input held, where it counts as touched in any case."""

Shared = Mapping[str, str | None]


class TagsWidget(forms.Widget):
    """`shared` is what all comics say in a field, None where they differ."""

    shared: Shared = {}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """From programs as they give it; from a page the fields whose text is another now."""
        if name in data:
            return data[name]
        given = {element: data.get(f"{name}-{element}") for element in EDITABLE}
        return {
            element: text.strip() or None
            for element, text in given.items()
            if text is not None and text.strip() != data.get(f"{name}-{element}-was", "").strip()
        }

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        touched = value if isinstance(value, dict) else {}
        inputs = [self._input(name, element, touched) for element in EDITABLE]
        shown = [each for each in inputs if each["element"] in FIRST]
        shown.sort(key=lambda each: FIRST.index(each["element"]))
        more = [each for each in inputs if each["element"] not in FIRST]
        is_open = any(each["is_touched"] for each in more)
        context = {"shown": shown, "more": more, "is_open": is_open}
        return render_to_string("library/_tags_widget.html", context)

    def _input(self, name: str, element: str, touched: Mapping[str, Any]) -> dict[str, Any]:
        present = self.shared.get(element, "")
        is_touched = element in touched
        return {
            "element": element,
            "label": str(LABELS[element]),
            "name": f"{name}-{element}",
            "text": (touched[element] or "") if is_touched else present or "",
            "was": _ALWAYS if is_touched else present or "",
            "is_touched": is_touched,
            "differs": present is None,
        }


def shared_tags(comics: ComicQuerySet, *, count: int) -> Shared:
    """What all of them say in each field; None where they differ, or are too many to compare."""
    if count > MOST_COMICS:
        return dict.fromkeys(EDITABLE)
    return shared_of(comics.order_by().values_list("tags", flat=True).iterator(chunk_size=500))


def shared_of(all_tags: Iterable[Mapping[str, str]]) -> Shared:
    shared: dict[str, str | None] = {}
    alike = list(EDITABLE)
    for tags in all_tags:
        if not shared:
            shared = {element: tags.get(element, "") for element in EDITABLE}
        for element in [each for each in alike if tags.get(each, "") != shared[each]]:
            shared[element] = None
            alike.remove(element)
        if not alike:
            break
    return shared
