from typing import Any

import pytest
from django.http import QueryDict

from library.metadata.editing import EDITABLE
from library.tag_form import GROUPS, TagsForm


def sent(form: TagsForm, **changes: str) -> QueryDict:
    """What a browser sends of the form as it was rendered, with these fields typed over."""
    data = QueryDict(mutable=True)
    for field in form:
        value = str(field.value() or "").replace("\n", "\r\n")
        data[field.html_name] = changes.get(field.name, value)
        data[f"initial-{field.html_name}"] = value
    return data


def filled(tags: dict[str, str], now: dict[str, str] | None = None, **changes: str) -> TagsForm:
    return TagsForm(tags if now is None else now, sent(TagsForm(tags), **changes))


def test_every_field_has_its_place() -> None:
    placed = [element for _name, _label, elements in GROUPS for element in elements]
    assert sorted(placed) == sorted(EDITABLE)


def test_only_what_a_person_changed_is_sent() -> None:
    form = filled(
        {"Series": "Ash", "Summary": "Two\nlines", "Year": "1999"}, Series="Fern", Year=""
    )
    assert form.is_valid()
    assert form.changes() == {"Series": "Fern", "Year": None}
    assert not filled({"Series": "Ash", "Summary": "Two\nlines"}).changed_data


def test_what_someone_else_changed_meanwhile_is_not_taken_back() -> None:
    form = filled({"Series": "Ash"}, now={"Series": "Ash", "Title": "New"}, Writer="Fern")
    assert form.is_valid()
    assert form.changes() == {"Writer": "Fern"}


@pytest.mark.parametrize(
    ("element", "text", "message"),
    [
        ("Year", "soon", "Give a whole number"),
        ("Year", "10000", "from 0 to 9999"),
        ("Month", "13", "from 0 to 12"),
        ("Count", "-2", "−1 stands for unknown"),
        ("Volume", "1.5", "Give a whole number"),
        ("Manga", "Perhaps", "Give one of these"),
        ("AgeRating", "<b>", "Give one of these"),
        ("CommunityRating", "5.5", "from 0 to 5"),
        ("CommunityRating", "4,5", "from 0 to 5"),
        ("Web", "javascript:alert(1)", "begin with http"),
        ("Web", "https://a.example data:text/html,x", "begin with http"),
        ("Title", "\x01", "cannot store"),
        ("Title", "x" * 10_001, "At most"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(element: str, text: str, message: str) -> None:
    form = filled({"Series": "Ash"}, **{element: text})
    assert list(form.errors) == [element]
    assert message in form.errors[element][0]
    assert [group.is_open for group in form.groups if form[element] in group.fields] == [True]


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ("Year", "-1"),
        ("Month", "12"),
        ("Manga", "YesAndRightToLeft"),
        ("AgeRating", "MA15+"),
        ("CommunityRating", "4.75"),
        ("Web", "https://a.example/b?c=1 http://d.example"),
        ("LanguageISO", "gsw"),
        ("Format", "Prestige"),
        ("Number", "½"),
    ],
)
def test_what_the_schema_allows_is_taken(element: str, text: str) -> None:
    form = filled({"Series": "Ash"}, **{element: text})
    assert form.is_valid()
    assert form.changes() == {element: text}


ODD = {"Year": "2020-2021", "AgeRating": "Old", "Web": "ftp://x", "Writer": "Ash\nFern"}


def test_what_is_odd_already_is_shown_and_kept_while_others_are_edited() -> None:
    form = filled(ODD, Series="Ash")
    assert form.is_valid()
    assert form.changes() == {"Series": "Ash"}
    html = {name: str(TagsForm(ODD)[name]) for name in ODD}
    assert 'type="text"' in html["Year"] and 'value="2020-2021"' in html["Year"]
    assert '<option value="Old" selected>' in html["AgeRating"]
    assert "<textarea" in html["Writer"]


@pytest.mark.parametrize(
    ("element", "wanted"),
    [
        ("Year", 'type="number"'),
        ("Series", 'type="text"'),
        ("Summary", "<textarea"),
        ("Manga", "<select"),
        ("LanguageISO", 'list="LanguageISO-values"'),
    ],
)
def test_inputs_suit_their_fields(element: str, wanted: str) -> None:
    field: Any = TagsForm({})[element]
    assert wanted in str(field)


def test_hostile_texts_are_text() -> None:
    assert "<script" not in str(TagsForm({"Title": '"><script>'})["Title"])
