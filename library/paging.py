"""One page of a list of comics: its ids first, from an index alone, and then its few rows."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F

from library.models import Comic, ComicQuerySet, hidden

ORDERINGS = {
    "folder": "folder",
    "name": "name",
    "series": "series",
    "publisher": "publisher",
    "year": "year",
    "state": "state",
    "format": "format",
    "pages": "page_count",
    "size": "size_bytes",
    "changed": "mtime_ns",
    "added": "added_at",
}
"""What a list can be ordered by, and the column for it."""
USUAL = ("folder", "name", "pk")


def order(keys: list[str], *, is_narrowed: bool) -> list[Any]:
    """For `order_by`: keys of ORDERINGS; with "-" before it, all is the other way round.

    Equals have the order of their ids, so that an index of them stays narrow; in a series they
    have the usual one.
    """
    names = [key.removeprefix("-") for key in keys]
    is_falling = keys[-1].startswith("-")
    columns: list[Any] = []
    for key, name in zip(keys, names, strict=True):
        # The index of this order holds no other column. Walking it would fetch every row to look
        # whether it belongs to the list, so a list that is narrowed hides the column from it.
        column = F(ORDERINGS[name])
        shown = hidden(ORDERINGS[name]) if is_narrowed and name != "folder" else column
        columns.append(shown.desc() if key.startswith("-") else shown.asc())
    ties = USUAL[1:] if names == ["folder"] else USUAL if names == ["series"] else ("pk",)
    return [*columns, *(F(tie).desc() if is_falling else F(tie).asc() for tie in ties)]


class ComicPaginator(Paginator[Comic]):
    object_list: ComicQuerySet
    rows = Comic.objects.all()
    """What a row is read with."""

    def page(self, number: int | str) -> Page[Comic]:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        ids = self._ids(start, min(start + self.per_page, self.count))
        rows = self.rows.in_bulk(ids)
        return Page([rows[pk] for pk in ids if pk in rows], number, self)

    def _ids(self, start: int, stop: int) -> list[int]:
        """From the nearer end, so that no page is further than half of the list away."""
        ids = self.object_list.values_list("pk", flat=True)
        if start <= self.count // 2:
            return list(ids[start:stop])
        return list(ids.reverse()[self.count - stop : self.count - start])[::-1]


class CountedPaginator(ComicPaginator):
    """Somebody has counted them already."""

    def __init__(self, comics: ComicQuerySet, per_page: int, *, count: int) -> None:
        super().__init__(comics, per_page)
        self._count = count

    @property
    def count(self) -> int:
        return self._count
