"""Query keys whose wrong values are refused. Django's own would take “tagged=maybe” for no wish at
all, and so do a job to all comics."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_SAID = {"true": True, "1": True, "false": False, "0": False}


class YesOrNoField(forms.Field):
    widget = forms.TextInput

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        try:
            return _SAID[str(value).lower()]
        except KeyError:
            raise ValidationError(_("Write true or false.")) from None


class YesOrNoFilter(django_filters.BooleanFilter):  # type: ignore[misc]
    field_class = YesOrNoField


class WholeNumberFilter(django_filters.NumberFilter):  # type: ignore[misc]
    field_class = forms.IntegerField
