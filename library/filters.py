"""Which comics: the query keys of the library page, of GET /api/comics/ and of selections."""

from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from library.models import Comic, ComicQuerySet, Library

FORMATS = [("cbz", "CBZ"), ("cbr", "CBR"), ("cb7", "CB7"), ("cbt", "CBT")]
PROBLEMS = "problems"


class ComicFilter(django_filters.FilterSet):
    library = django_filters.ModelChoiceFilter(queryset=Library.objects.all())
    state = django_filters.ChoiceFilter(choices=Comic.State)
    verdict = django_filters.ChoiceFilter(
        choices=[*Comic.Verdict.choices, (PROBLEMS, _("Problems"))], method="filter_verdict"
    )
    series = django_filters.CharFilter(field_name="series", lookup_expr="iexact")
    format = django_filters.ChoiceFilter(choices=FORMATS)
    search = django_filters.CharFilter(method="filter_search")
    present = django_filters.BooleanFilter()
    ordering = django_filters.OrderingFilter(
        fields=[
            ("folder", "folder"),
            ("name", "name"),
            ("series", "series"),
            ("state", "state"),
            ("format", "format"),
            ("page_count", "pages"),
            ("size_bytes", "size"),
            ("mtime_ns", "changed"),
        ]
    )

    class Meta:
        model = Comic
        fields = ["library", "state", "verdict", "series", "format", "search", "present"]

    def filter_verdict(self, comics: ComicQuerySet, name: str, value: str) -> ComicQuerySet:
        return comics.problems() if value == PROBLEMS else comics.filter(verdict=value)

    def filter_search(self, comics: ComicQuerySet, name: str, value: str) -> ComicQuerySet:
        """Every word must be in the path or in the series."""
        for word in value.split():
            comics = comics.filter(Q(path__icontains=word) | Q(series__icontains=word))
        return comics


def selected(selection: dict[str, Any]) -> ComicQuerySet:
    """The comics of a selection: `comics`, `filter` or `all`. Raises ValueError saying what is wrong."""
    kinds = [kind for kind in ("comics", "filter", "all") if kind in selection]
    unknown = sorted(set(selection) - {"comics", "filter", "all"})
    if len(kinds) != 1 or unknown:
        raise ValueError(_("Give one of “comics” (ids), “filter” or “all”: true."))
    present = Comic.objects.present()
    if kinds == ["all"]:
        if selection["all"] is not True:
            raise ValueError(_("“all” can only be true."))
        return present
    if kinds == ["comics"]:
        return present.filter(pk__in=_ids(selection["comics"]))
    return _filtered(present, selection["filter"])


def _ids(value: Any) -> list[int]:
    if not isinstance(value, list) or not all(type(v) is int and 0 < v < 2**63 for v in value):
        raise ValueError(_("“comics” must be a list of comics' ids."))
    return value


def _filtered(comics: ComicQuerySet, value: Any) -> ComicQuerySet:
    if not isinstance(value, dict):
        raise ValueError(_("“filter” must be an object with the query keys of /api/comics/."))
    found = ComicFilter(value, queryset=comics)
    keys = set(found.filters) - {"ordering"}
    if unknown := sorted(set(value) - keys):
        raise ValueError(_("There is no filter “%s”.") % unknown[0])
    if not found.is_valid():
        raise ValueError("; ".join(f"{k}: {t}" for k, ts in found.errors.items() for t in ts))
    filtered: ComicQuerySet = found.qs
    return filtered
