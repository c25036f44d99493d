"""How many comics of each kind a list has: one walk over an index, of which the counts of the tabs
and of the choices of most filters are sums."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from django.db.models import Count

from library.filters import PROBLEMS
from library.models import Comic, ComicQuerySet


class Kind(NamedTuple):
    """The columns are those that begin the index `comic_counted`."""

    present: bool
    state: str
    verdict: str
    format: str
    library: int
    is_tagged: bool
    state_reason: str
    publisher: str
    comics: int

    @property
    def is_problem(self) -> bool:
        return self.verdict not in (Comic.Verdict.OK, Comic.Verdict.UNREAD)


FITS: Mapping[str, Callable[[Kind, Any], bool]] = {
    "present": lambda kind, value: kind.present == value,
    "state": lambda kind, value: kind.state == value,
    "verdict": lambda kind, value: kind.is_problem if value == PROBLEMS else kind.verdict == value,
    "format": lambda kind, value: kind.format == value,
    "library": lambda kind, value: kind.library == value.pk,
    "tagged": lambda kind, value: kind.is_tagged == value,
    "reason": lambda kind, value: kind.state_reason == value,
}
"""The filters that a kind itself says whether it passes."""


class Census:
    def __init__(self, comics: ComicQuerySet, wanted: Mapping[str, Any]) -> None:
        """`comics`: narrowed by the other filters; `wanted`: what these here ask for."""
        counted = comics.values_list(*Kind._fields[:-1]).annotate(count=Count("*"))
        self._kinds = [Kind(*row) for row in counted]
        self._wanted = wanted

    def kinds(self, *, without: Collection[str] = ()) -> Iterator[Kind]:
        """Those that pass the filters but for these."""
        wanted = [(FITS[n], v) for n, v in self._wanted.items() if n not in without]
        return (kind for kind in self._kinds if all(fits(kind, v) for fits, v in wanted))
