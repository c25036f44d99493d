"""From one comic to the next, in the order of the list that it was opened from."""

from typing import Any

from django.db.models import Q
from django.http import QueryDict

from library.filters import ComicFilter
from library.models import Comic, ComicQuerySet
from library.paging import ORDERINGS, USUAL


def beside(comic: Comic, query: QueryDict) -> tuple[Comic | None, Comic | None]:
    """The one before and the one after; `query` is the list's. Two queries.

    The comic itself need not be in the list any more.
    """
    shown = Comic.objects.all() if query.get("present") else Comic.objects.present()
    found: ComicQuerySet = ComicFilter(query, queryset=shown).qs
    keys = _keys(query.get("ordering", ""))
    values = [getattr(comic, name) for name, _is_down in keys]
    if None in values:
        return None, None  # where the list has those without a value, is the database's affair
    found = found.only("pk", "name")
    return _next(found, keys, values, back=True), _next(found, keys, values, back=False)


def _keys(ordering: str) -> list[tuple[str, bool]]:
    """The columns of `library.paging.order`, each with whether it falls."""
    name, is_down = ordering.removeprefix("-"), ordering.startswith("-")
    if name not in ORDERINGS:
        name, is_down = "folder", False
    ties = USUAL[1:] if name == "folder" else USUAL if name == "series" else ("pk",)
    return [(column, is_down) for column in (ORDERINGS[name], *ties)]


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
