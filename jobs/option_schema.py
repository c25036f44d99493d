"""An operation's options as JSON Schema (draft 2020-12), derived from its form."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from jobs.operations import Options

Schema = dict[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def of_form(form: forms.Form) -> Schema:
    return {
        "type": "object",
        "properties": {bound.name: _of_field(bound) for bound in form},
        "required": [bound.name for bound in form if _is_required(bound)],
        "additionalProperties": False,
    }


def wrong_types(form: forms.Form, options: Options) -> list[str]:
    """What is wrong with the types of values that came as JSON. Unknown names are not looked at."""
    properties = of_form(form)["properties"]
    return [
        _("%(option)s: This must be of the type %(type)s.")
        % {"option": name, "type": " / ".join(_names(properties[name]))}
        for name, value in options.items()
        if name in properties and not _fits(value, properties[name])
    ]


def wrong_values(form: forms.Form) -> list[str]:
    """What is wrong with the values of a form that is not valid, and which ones are allowed."""
    return [
        f"{name}: {text}{_instead(form.fields.get(name), error)}"
        for name, errors in form.errors.as_data().items()
        for error in errors
        for text in error.messages
    ]


def _instead(field: forms.Field | None, error: ValidationError) -> str:
    if error.code != "invalid_choice" or not isinstance(field, forms.ChoiceField):
        return ""
    return " " + _("Allowed: %s.") % ", ".join(filter(None, _choices(field)))


def _of_field(bound: BoundField) -> Schema:
    schema: Schema = {**_type(bound.field), "title": str(bound.label)}
    if bound.help_text:
        schema["description"] = str(bound.help_text)
    if bound.initial is not None:
        schema["default"] = bound.initial
    return schema


def _is_required(bound: BoundField) -> bool:
    return bound.field.required and bound.initial is None


def _type(field: forms.Field) -> Schema:
    # The order matters: in Django a number with a fraction is a kind of whole number.
    match field:
        case forms.NullBooleanField():
            return {"type": ["boolean", "null"]}
        case forms.BooleanField():
            return {"type": "boolean"}
        case forms.FloatField() | forms.DecimalField():
            return {"type": "number", **_bounds(field)}
        case forms.IntegerField():
            return {"type": "integer", **_bounds(field)}
        case forms.MultipleChoiceField():
            return {"type": "array", "items": {"type": "string", "enum": _choices(field)}}
        case forms.ChoiceField():
            return {"type": "string", "enum": _choices(field)}
        case forms.CharField():
            return _text(field)
    # A field of an operation's own may say what it takes.
    return dict(getattr(field, "json_schema", {}))


def _text(field: forms.CharField) -> Schema:
    limits = {"minLength": field.min_length, "maxLength": field.max_length}
    kind = "string" if field.empty_value is not None else ["string", "null"]
    return {"type": kind, **_given(limits)}


def _bounds(field: forms.IntegerField) -> Schema:
    return _given({"minimum": field.min_value, "maximum": field.max_value})


def _given(limits: Schema) -> Schema:
    return {name: limit for name, limit in limits.items() if limit is not None}


def _choices(field: forms.ChoiceField) -> list[str]:
    """The values; those of groups too."""
    values: list[str] = []
    for value, label in cast("Iterable[tuple[Any, Any]]", field.choices):
        grouped = isinstance(label, list | tuple)
        values += [str(inner) for inner, _label in label] if grouped else [str(value)]
    return values


def _names(schema: Schema) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def _fits(value: Any, schema: Schema) -> bool:
    allowed = [kind for name in _names(schema) for kind in _TYPES[name]]
    if isinstance(value, list) and list in allowed:
        return all(isinstance(element, str) for element in value)
    return not allowed or type(value) in allowed
