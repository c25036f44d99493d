"""The panel of filters: what each of them can be, and how many comics that would leave."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from library.filters import FORMATS
from library.listing import LABELS, Listing
from library.models import Comic, Library

MOST_CHOICES = 100
"""Of one filter; these are the most frequent ones."""
_COARSE = ("present", "state", "verdict", "format", "library", "is_tagged", "state_reason")
"""As they begin the index `comic_counted`: one walk over it counts them all."""


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    name: str
    label: str
    kind: str
    """select; text, with the choices as suggestions; number; date"""
    value: str = ""
    choices: Sequence[Choice] = ()


class Panel:
    """Four queries, and one more for each filter that is set: it is counted as if it were not."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing

    @cached_property
    def facets(self) -> list[Facet]:
        return [facet for facet in self._facets() if facet]

    def _facets(self) -> Iterable[Facet | None]:
        yield self._of_rows("publisher", "publisher")
        yield self._of_rows("series", "series", kind="text")
        yield self._of_rows("year", "year")
        yield self._plain("year_from", "number")
        yield self._plain("year_to", "number")
        yield self._select("format", self._counted("format", "format"), dict(FORMATS))
        yield self._select("verdict", self._problems(), dict(Comic.Verdict.choices))
        yield self._select("reason", self._reasons(), {})
        tagged = self._counted("tagged", "is_tagged")
        tags = {"true": tagged[True], "false": tagged[False]}
        yield self._select("tagged", tags, {"true": _("yes"), "false": _("no")})
        libraries = {str(pk): name for pk, name in Library.objects.values_list("pk", "name")}
        if len(libraries) > 1:
            counts = {str(pk): n for pk, n in self._counted("library", "library").items()}
            yield self._select("library", counts, libraries)
        yield self._plain("added_since", "date")
        yield self._plain("changed_since", "date")

    @cached_property
    def _coarse(self) -> list[tuple[Any, ...]]:
        return list(self.listing.matching().values_list(*_COARSE).annotate(count=Count("*")))

    def _counted(self, name: str, column: str) -> Counter[Any]:
        counts: Counter[Any] = Counter()
        if name in self.listing.filters:
            free = self.listing.matching(without=[name])
            return Counter(dict(free.values_list(column).annotate(count=Count("*"))))
        for *values, count in self._coarse:
            counts[values[_COARSE.index(column)]] += count
        return counts

    def _problems(self) -> dict[str, int]:
        counts = self._counted("verdict", "verdict")
        return {
            v: n for v, n in counts.items() if v not in (Comic.Verdict.OK, Comic.Verdict.UNREAD)
        }

    def _reasons(self) -> dict[str, int]:
        counts = self._counted("reason", "state_reason")
        return {reason: n for reason, n in counts.most_common(MOST_CHOICES) if reason}

    def _of_rows(self, name: str, column: str, *, kind: str = "select") -> Facet:
        free = self.listing.matching(without=[name]).exclude(**{column: _NOTHING[column]})
        counts = free.values_list(column).annotate(count=Count("*")).order_by("-count", column)
        found = {str(value): n for value, n in counts[:MOST_CHOICES]}
        return self._select(name, found, {}, kind=kind)

    def _select(
        self,
        name: str,
        counts: Mapping[Any, int],
        labels: Mapping[Any, Any],
        *,
        kind: str = "select",
    ) -> Facet:
        chosen = self.listing.filters.get(name, "")
        if kind == "select" and chosen:
            counts = {chosen: 0, **counts}  # it stays chosen, however rare it is
        choices = [
            Choice(str(value), str(labels.get(value, value)), n, is_chosen=str(value) == chosen)
            for value, n in counts.items()
            if n or str(value) == chosen
        ]
        choices.sort(key=lambda choice: choice.label.casefold(), reverse=name == "year")
        return Facet(name, str(LABELS[name]), kind, chosen, choices)

    def _plain(self, name: str, kind: str) -> Facet:
        return Facet(name, str(LABELS[name]), kind, self.listing.filters.get(name, ""))


_NOTHING: dict[str, Any] = {"publisher": "", "series": "", "year": None}
