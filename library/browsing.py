"""From one comic to the next, in the order of the list that it was opened from."""

from typing import Any

from django.db.models import Q
from django.db.models.expressions import OrderBy
from django.http import QueryDict

from library.filters import ComicFilter
from library.models import Comic, ComicQuerySet

_USUAL = ("folder", "name", "pk")


def beside(comic: Comic, query: QueryDict) -> tuple[Comic | None, Comic | None]:
    """The one before and the one after; `query` is the list's. Two queries.

    The comic itself need not be in the list any more.
    """
    shown = Comic.objects.all() if query.get("present") else Comic.objects.present()
    found: ComicQuerySet = ComicFilter(query, queryset=shown).qs
    keys: dict[str, bool] = {}
    for name, is_down in map(_key, (*found.query.order_by, *_USUAL)):
        keys.setdefault(name, is_down)
    values = [getattr(comic, name) for name in keys]
    if None in values:
        return None, None  # where the list has those without a value, is the database's affair
    found = found.only("pk", "name")
    order = list(keys.items())
    return _next(found, order, values, back=True), _next(found, order, values, back=False)


def _key(ordering: Any) -> tuple[str, bool]:
    """The field's name, and whether it goes down."""
    if isinstance(ordering, OrderBy):
        field: Any = ordering.expression
        return field.name, ordering.descending
    return ordering.removeprefix("-"), ordering.startswith("-")


def _next(
    comics: ComicQuerySet, keys: list[tuple[str, bool]], values: list[Any], *, back: bool
) -> Comic | None:
    condition = Q()
    for (name, is_down), value in reversed(list(zip(keys, values, strict=True))):
        beyond = "lt" if is_down != back else "gt"
        # The first half alone would do, and no index could serve it.
        condition = Q(**{f"{name}__{beyond}e": value}) & (
            Q(**{f"{name}__{beyond}": value}) | (Q(**{name: value}) & condition)
            if condition
            else Q(**{f"{name}__{beyond}": value})
        )
    order = [f"{'-' if is_down != back else ''}{name}" for name, is_down in keys]
    return comics.filter(condition).order_by(*order).first()
