"""The panel of filters: what each of them can be, and how many comics that would leave."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from library.filters import FORMATS
from library.listing import LABELS, Listing
from library.models import Comic, Library, hidden

MOST_CHOICES = 100
"""Of one filter; these are the most frequent ones."""


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
    """Four queries, and one more where a publisher is chosen. What each filter can be is counted as
    if it were not set."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing

    @cached_property
    def facets(self) -> list[Facet]:
        return [facet for facet in self._facets() if facet]

    def _facets(self) -> Iterable[Facet | None]:
        yield self._publishers()
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

    def _counted(self, name: str, column: str) -> Counter[Any]:
        counts: Counter[Any] = Counter()
        for kind in self.listing.census.kinds(without=[name]):
            counts[getattr(kind, column)] += kind.comics
        return counts

    def _publishers(self) -> Facet:
        if "publisher" in self.listing.filters:
            return self._of_rows("publisher", "publisher")
        return self._select("publisher", self._most(self._counted("publisher", "publisher")), {})

    def _problems(self) -> dict[str, int]:
        counts = self._counted("verdict", "verdict")
        return {
            v: n for v, n in counts.items() if v not in (Comic.Verdict.OK, Comic.Verdict.UNREAD)
        }

    def _reasons(self) -> dict[str, int]:
        return self._most(self._counted("reason", "state_reason"))

    def _most(self, counts: Counter[str]) -> dict[str, int]:
        return {value: n for value, n in counts.most_common(MOST_CHOICES) if value}

    def _of_rows(self, name: str, column: str, *, kind: str = "select") -> Facet:
        # The index of this column knows present comics and their ids, which is all that a search
        # asks for. Other filters would have each row fetched, so they hide the column from it.
        is_plain = self.listing.filters.keys() <= {"search", "path", "present", name}
        shown = F(column) if is_plain else hidden(column)
        free = self.listing.matching(without=[name]).exclude(**{column: _NOTHING[column]})
        counts = free.values_list(shown).annotate(count=Count("*")).order_by("-count", shown)
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
