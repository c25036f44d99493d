"""`?ordering=` for lists: the fields one may ask for, and always the same order among equals."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import F, Model, OrderBy, QuerySet
from django.db.models.expressions import CombinedExpression
from django.utils.translation import gettext as _
from django_filters.fields import BaseCSVField

Term = F | CombinedExpression


class NamesField(BaseCSVField):  # type: ignore[misc]
    """Names between commas, none of them empty."""

    def clean(self, value: list[str] | None) -> list[str] | None:
        if value and not all(value):
            raise ValidationError(_("Write a name before and after each comma."))
        names: list[str] | None = super().clean(value)
        return names


class Ordering(django_filters.OrderingFilter):  # type: ignore[misc]
    base_field_class = NamesField

    def __init__(
        self, *args: Any, terms: Mapping[str, Sequence[Term]] | None = None, **kwargs: Any
    ) -> None:
        """`terms`: what those names mean that are no column."""
        self._terms = terms or {}
        super().__init__(*args, **kwargs)

    def filter(self, queryset: QuerySet[Model], value: list[str] | None) -> QuerySet[Model]:
        asked = [term for name in value or () for term in self._ordered(name)]
        return queryset.order_by(*(asked or queryset.query.order_by), "pk")

    def _ordered(self, name: str) -> Iterator[OrderBy]:
        bare = name.removeprefix("-")
        for term in self._terms.get(bare) or [F(self.param_map[bare])]:
            yield term.desc() if name != bare else term.asc()
