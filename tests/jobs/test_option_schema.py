from typing import Any

import pytest
from django import forms

from jobs import option_schema


class Every(forms.Form):
    flag = forms.BooleanField(required=False, help_text="Whether.")
    maybe = forms.NullBooleanField(required=False)
    ratio = forms.FloatField(min_value=0.5, max_value=1.5, required=False)
    level = forms.IntegerField(min_value=1)
    kind = forms.ChoiceField(choices=[("a", "A"), ("Group", [("b", "B"), ("c", "C")])], initial="b")
    fields_ = forms.MultipleChoiceField(choices=[("x", "X"), ("y", "Y")], required=False)
    text = forms.CharField(min_length=2, max_length=9, required=False)
    unset = forms.CharField(required=False, empty_value=None)
    other = forms.FileField(required=False)


def properties() -> dict[str, Any]:
    shown: dict[str, Any] = option_schema.of_form(Every())["properties"]
    return {
        name: {key: value for key, value in schema.items() if key != "title"}
        for name, schema in shown.items()
    }


def test_each_kind_of_field_has_its_type() -> None:
    assert properties() == {
        "flag": {"type": "boolean", "description": "Whether."},
        "maybe": {"type": ["boolean", "null"]},
        "ratio": {"type": "number", "minimum": 0.5, "maximum": 1.5},
        "level": {"type": "integer", "minimum": 1},
        "kind": {"type": "string", "enum": ["a", "b", "c"], "default": "b"},
        "fields_": {"type": "array", "items": {"type": "string", "enum": ["x", "y"]}},
        "text": {"type": "string", "minLength": 2, "maxLength": 9},
        "unset": {"type": ["string", "null"]},
        "other": {},
    }


def test_only_what_has_no_value_of_its_own_is_required() -> None:
    assert option_schema.of_form(Every())["required"] == ["level"]


@pytest.mark.parametrize(
    ("options", "at_fault"),
    [
        ({"flag": True, "maybe": None, "ratio": 1, "level": 1, "kind": "a"}, ""),
        ({"fields_": ["x"], "text": "", "unset": None, "other": 5, "unknown": 5}, ""),
        ({"flag": 1}, "flag"),
        ({"maybe": "yes"}, "maybe"),
        ({"ratio": "1"}, "ratio"),
        ({"ratio": True}, "ratio"),
        ({"level": 1.5}, "level"),
        ({"kind": ["a"]}, "kind"),
        ({"fields_": "x"}, "fields_"),
        ({"fields_": [["x"]]}, "fields_"),
        ({"text": None}, "text"),
    ],
)
def test_a_value_of_another_type_is_found(options: dict[str, Any], at_fault: str) -> None:
    wrong = option_schema.wrong_types(Every(), options)
    assert [text.partition(":")[0] for text in wrong] == ([at_fault] if at_fault else [])
