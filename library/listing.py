"""The library page's list: which comics, in what order, and how many each tab has."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import EmptyPage, Page, PageNotAnInteger
from django.db.models import Count, Q, Sum
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from library.census import FITS, Census
from library.filters import FORMATS, PROBLEMS, ComicFilter
from library.models import Comic, ComicQuerySet, Library, of_each_library
from library.paging import ORDERINGS, CountedPaginator

PAGE_SIZES = (25, 50, 100, 200)
DEFAULT_PAGE_SIZE = 50
TABS = [
    ("all", _("All"), {}),
    ("needs_work", _("Needs work"), {"state": "needs_work"}),
    ("clean", _("Clean"), {"state": "clean"}),
    ("duplicate", _("Duplicates"), {"state": "duplicate"}),
    ("problems", _("Problems"), {"verdict": PROBLEMS}),
    ("missing", _("Missing"), {"present": "false"}),
]
TAB_KEYS = ("state", "verdict", "present")
OPEN = "open"
"""`?panel=open` shows the filters."""
LABELS = {
    "library": _("Library"),
    "publisher": _("Publisher"),
    "series": _("Series"),
    "year": _("Year"),
    "year_from": _("From year"),
    "year_to": _("To year"),
    "format": _("Format"),
    "verdict": _("Problem"),
    "reason": _("What it needs"),
    "tagged": _("Has tags"),
    "added_since": _("Added since"),
    "changed_since": _("Changed since"),
    "path": _("Path"),
}
"""Of the filters besides tab and search."""
COLUMNS = [
    ("folder", _("Comic"), ""),
    ("state", _("Status"), ""),
    ("format", _("Format"), ""),
    ("pages", _("Pages"), "number"),
    ("size", _("Size"), "number"),
    ("changed", _("Changed"), "when"),
]
SORTS = [
    ("", _("By folder and name")),
    ("name", _("By name")),
    ("series", _("By series")),
    ("publisher", _("By publisher")),
    ("year", _("By year")),
    ("-year", _("Newest year first")),
    ("state", _("By status")),
    ("format", _("By format")),
    ("pages", _("Fewest pages first")),
    ("-pages", _("Most pages first")),
    ("size", _("Smallest first")),
    ("-size", _("Largest first")),
    ("-changed", _("Changed last first")),
    ("changed", _("Changed longest ago first")),
    ("-added", _("Added last first")),
]


@dataclass(frozen=True)
class Tab:
    name: str
    label: str
    count: int
    is_current: bool
    href: str


@dataclass(frozen=True)
class Chip:
    label: str
    value: str
    href: str


@dataclass(frozen=True)
class Column:
    label: str
    kind: str
    sorted: str
    """ascending, descending or none"""
    href: str
    """The list ordered by it, the other way round where it is already."""


@dataclass(frozen=True)
class Totals:
    comics: int
    series: int
    size_bytes: int


class Listing:
    """Three queries: the tabs' counts, the ids of the page, and its rows. Bad values are as if
    absent."""

    def __init__(self, query: QueryDict) -> None:
        self.query = query.copy()
        for name in ("part", "page"):
            self.query.pop(name, None)
        self._number = query.get("page", 1)

    @cached_property
    def _filter(self) -> ComicFilter:
        found = ComicFilter(self.query)
        found.form.is_valid()
        return found

    @cached_property
    def filters(self) -> dict[str, str]:
        """As a selection sends them."""
        names = [name for name in self._filter.form.cleaned_data if name != "ordering"]
        given = ((name, self.query.get(name)) for name in names)
        return {name: str(value) for name, value in given if value}

    @property
    def filter_query(self) -> str:
        return urlencode(self.filters)

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters)

    @property
    def search(self) -> str:
        return self.filters.get("search", "")

    @property
    def is_open(self) -> bool:
        """The panel of the filters."""
        return self.query.get("panel") == OPEN

    @property
    def panel_href(self) -> str:
        return self._link(panel="" if self.is_open else OPEN)

    @property
    def hidden(self) -> dict[str, str]:
        """What the filter form must keep and has no field for."""
        fields = {"search"} if not self.is_open else self.filters.keys() - set(TAB_KEYS)
        kept = {name: value for name, value in self.filters.items() if name not in fields}
        return kept | ({"panel": OPEN} if self.is_open else {})

    @property
    def chips(self) -> list[Chip]:
        """What narrows the list besides tab and search, each with the list without it."""
        names = [name for name in self.filters if name not in ("search", *TAB_KEYS)]
        chosen = {name: self._filter.form.cleaned_data.get(name) for name in names}
        if self.filters.get("verdict", PROBLEMS) != PROBLEMS:
            chosen["verdict"] = Comic.Verdict(self.filters["verdict"]).label
        if chosen.get("format"):
            chosen["format"] = dict(FORMATS)[self.filters["format"]]
        return [
            Chip(str(LABELS[name]), _said(value), self._link(**{name: ""}))
            for name, value in chosen.items()
            if value not in (None, "")
        ]

    @property
    def ordering(self) -> str:
        given = self.query.get("ordering", "")
        return given if given.removeprefix("-") in ORDERINGS else ""

    @property
    def page_size(self) -> int:
        given = self.query.get("page_size", "")
        return int(given) if given in map(str, PAGE_SIZES) else DEFAULT_PAGE_SIZE

    @cached_property
    def tabs(self) -> list[Tab]:
        counts = count_by_tab(self._counted)
        chosen = {n: v for n, v in self.filters.items() if n in TAB_KEYS}
        return [
            Tab(
                name,
                str(label),
                counts[name],
                is_current=chosen == keys,
                href=self._link(**(dict.fromkeys(TAB_KEYS, "") | keys)),
            )
            for name, label, keys in TABS
            if counts[name] or name != "missing" or chosen == keys
        ]

    @property
    def _counted(self) -> Iterable[tuple[bool, str, str, int]]:
        if self.is_open:  # the panel takes the census anyway
            kinds = self.census.kinds(without=TAB_KEYS)
            return ((each.present, each.state, each.verdict, each.comics) for each in kinds)
        counted = self.matching(without=TAB_KEYS).values_list("present", "state", "verdict")
        return counted.annotate(count=Count("*"))

    @cached_property
    def census(self) -> Census:
        given = self._filter.form.cleaned_data
        wanted = {name: given[name] for name in FITS if name in self.filters and name in given}
        return Census(self.matching(without=FITS), {"present": True, **wanted})

    @cached_property
    def page(self) -> Page[Comic]:
        return self._paginator.page(self._page_number)

    @cached_property
    def _paginator(self) -> CountedPaginator:
        order = self._filter.form.cleaned_data.get("ordering")
        comics = self._filter.filters["ordering"].filter(self.matching(), order)
        return CountedPaginator(comics, self.page_size, count=self.count)

    @cached_property
    def _page_number(self) -> int:
        """That asked for, or the nearest that there is."""
        try:
            return self._paginator.validate_number(self._number)
        except PageNotAnInteger:
            return 1
        except EmptyPage:
            return self._paginator.num_pages

    @cached_property
    def here(self) -> str:
        """What the addresses of its comics end with, so that there is a way back."""
        return self._link(page=str(self._page_number))

    @cached_property
    def count(self) -> int:
        """Of all pages."""
        counts = [tab.count for tab in self.tabs if tab.is_current]
        return counts[0] if counts else self.matching().count()

    @property
    def cleared_href(self) -> str:
        """The tab and the search without the filters."""
        kept = ("search", *TAB_KEYS)
        return self._link(**{name: "" for name in self.filters if name not in kept})

    @property
    def columns(self) -> list[Column]:
        return [self._column(name, str(label), kind) for name, label, kind in COLUMNS]

    def _column(self, name: str, label: str, kind: str) -> Column:
        current = self.ordering or "folder"
        if current == name:
            return Column(label, kind, "ascending", self._link(ordering=f"-{name}"))
        state = "descending" if current == f"-{name}" else "none"
        # The usual order needs no word for it.
        return Column(label, kind, state, self._link(ordering="" if name == "folder" else name))

    def _link(self, **changes: str) -> str:
        query = self.query.copy()
        for name, value in changes.items():
            query[name] = value
            if not value:
                del query[name]
        return f"?{query.urlencode()}"

    def matching(self, *, without: Collection[str] = ()) -> ComicQuerySet:
        """The comics that match but for these keys, in no order; unless a key of a tab asks for
        others, those that are there."""
        is_free = "present" in without or "present" in self.filters
        comics = Comic.objects.all() if is_free else Comic.objects.present()
        return self._filter.narrow(comics, without=without)


def count_by_tab(counted: Iterable[tuple[bool, str, str, int]]) -> dict[str, int]:
    """Of `present`, `state`, `verdict` and how many of them there are."""
    counts = dict.fromkeys((name for name, *_rest in TABS), 0)
    for present, state, verdict, count in counted:
        if not present:
            counts["missing"] += count
            continue
        counts["all"] += count
        counts[state] += count
        if verdict not in (Comic.Verdict.OK, Comic.Verdict.UNREAD):
            counts["problems"] += count
    return counts


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    return date_format(value) if isinstance(value, date) else str(value)


def libraries_with_totals() -> list[Library]:
    """All libraries with `comic_count` and `total_bytes` of what is there."""
    counted = Library.objects.annotate(
        comic_count=of_each_library(Count("*")), total_bytes=of_each_library(Sum("size_bytes"))
    )
    return list(counted)


def totals() -> Totals:
    """Of all comics that are there; one query over one index."""
    series = Comic.objects.present().order_by().values("library", "series")
    found = series.annotate(n=Count("*"), size=Sum("size_bytes")).aggregate(
        comics=Sum("n", default=0),
        series=Count("series", filter=~Q(series="")),
        size_bytes=Sum("size", default=0),
    )
    return Totals(**found)
