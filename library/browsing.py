"""From one comic to the next, in the order of the list that it was opened from."""

from typing import Any

from django.db.models import F, Q
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
    order: dict[str, bool] = {}
    for name, is_down in map(_key, (*found.query.order_by, *_USUAL)):
        order.setdefault(name, is_down)
    keys = list(order.items())
    values = [getattr(comic, name) for name, _is_down in keys]
    if None in values:
        return None, None  # where the list has those without a value, is the database's affair
    found = found.only("pk", "name")
    return _next(found, keys, values, back=True), _next(found, keys, values, back=False)


def _key(ordered: Any) -> tuple[str, bool]:
    """The column, and whether it falls; from a name or from an expression around the column."""
    if isinstance(ordered, str):
        return ordered.removeprefix("-"), ordered.startswith("-")
    column = ordered.expression
    while not isinstance(column, F):
        column = column.get_source_expressions()[0]
    return str(column.name), ordered.descending  # type: ignore[attr-defined]


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
