"""`?ordering=` for lists: the fields one may ask for, and always the same order among equals."""

from typing import Any

import django_filters
from django.db.models import Model, QuerySet


class Ordering(django_filters.OrderingFilter):  # type: ignore[misc]
    def filter(self, queryset: QuerySet[Model], value: Any) -> QuerySet[Model]:
        ordered: QuerySet[Model] = super().filter(queryset, value)
        return ordered.order_by(*ordered.query.order_by, "pk")
