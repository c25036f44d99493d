"""The library page's list: which comics, in what order, and how many each tab has."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, Sum
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from library.filters import PROBLEMS, ComicFilter
from library.models import Comic, ComicQuerySet, Library

PAGE_SIZES = (25, 50, 100, 200)
DEFAULT_PAGE_SIZE = 50
TABS = [
    ("all", _("All"), {}),
    ("needs_work", _("Needs work"), {"state": "needs_work"}),
    ("clean", _("Clean"), {"state": "clean"}),
    ("duplicate", _("Duplicates"), {"state": "duplicate"}),
    ("problems", _("Problems"), {"verdict": PROBLEMS}),
]
COLUMNS = [
    ("folder", _("Comic"), ""),
    ("state", _("Status"), ""),
    ("format", _("Format"), ""),
    ("pages", _("Pages"), "number"),
    ("size", _("Size"), "number"),
    ("changed", _("Changed"), "when"),
]


@dataclass(frozen=True)
class Tab:
    label: str
    count: int
    is_current: bool
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


class CountedPaginator(Paginator[Comic]):
    """The tab has counted them already."""

    def __init__(self, comics: ComicQuerySet, per_page: int, *, count: int) -> None:
        super().__init__(comics, per_page)
        self._count = count

    @property
    def count(self) -> int:
        return self._count


class Listing:
    """Two queries: the tabs' counts, and the rows of the page. Bad values are as if absent."""

    def __init__(self, query: QueryDict) -> None:
        self.query = query.copy()
        for name in ("part", "page"):
            self.query.pop(name, None)
        self._number = query.get("page", 1)

    @cached_property
    def filters(self) -> dict[str, str]:
        """As a selection sends them."""
        form = ComicFilter(self.query).form
        form.is_valid()
        names = [name for name in form.cleaned_data if name != "ordering"]
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
    def format(self) -> str:
        return self.filters.get("format", "")

    @property
    def hidden(self) -> dict[str, str]:
        """What the filter form must keep and has no field for."""
        kept = {n: v for n, v in self.filters.items() if n not in ("search", "format")}
        return kept | ({"ordering": self.ordering} if self.ordering else {})

    @property
    def ordering(self) -> str:
        given = self.query.get("ordering", "")
        return given if given.removeprefix("-") in [name for name, *_ in COLUMNS] else ""

    @property
    def page_size(self) -> int:
        given = self.query.get("page_size", "")
        return int(given) if given in map(str, PAGE_SIZES) else DEFAULT_PAGE_SIZE

    @cached_property
    def tabs(self) -> list[Tab]:
        counts = self._matching(without=("state", "verdict")).aggregate(
            all=Count("pk"),
            needs_work=Count("pk", filter=Q(state=Comic.State.NEEDS_WORK)),
            clean=Count("pk", filter=Q(state=Comic.State.CLEAN)),
            duplicate=Count("pk", filter=Q(state=Comic.State.DUPLICATE)),
            problems=Count("pk", filter=~Q(verdict__in=[Comic.Verdict.OK, Comic.Verdict.UNREAD])),
        )
        chosen = {n: v for n, v in self.filters.items() if n in ("state", "verdict")}
        return [
            Tab(
                str(label),
                counts[name],
                is_current=chosen == keys,
                href=self._link(**({"state": "", "verdict": ""} | keys)),
            )
            for name, label, keys in TABS
        ]

    @cached_property
    def page(self) -> Page[Comic]:
        comics = self._matching().select_related("library")
        comics = comics.order_by(*comics.query.order_by, "folder", "name", "pk")
        counts = [tab.count for tab in self.tabs if tab.is_current]
        count = counts[0] if counts else comics.count()
        return CountedPaginator(comics, self.page_size, count=count).get_page(self._number)

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

    def _matching(self, *, without: tuple[str, ...] = ()) -> ComicQuerySet:
        query = {name: value for name, value in self.query.items() if name not in without}
        comics = Comic.objects.all() if "present" in self.filters else Comic.objects.present()
        found: ComicQuerySet = ComicFilter(query, queryset=comics).qs
        return found


def libraries_with_totals() -> list[Library]:
    """All libraries with `comic_count`, `series_count` and `total_bytes` of what is there."""
    there = Q(comics__present=True)
    counted = Library.objects.annotate(
        comic_count=Count("comics", filter=there),
        series_count=Count("comics__series", distinct=True, filter=there & ~Q(comics__series="")),
        total_bytes=Sum("comics__size_bytes", filter=there, default=0),
    )
    return list(counted)


def totals(libraries: list[Library]) -> Totals:
    """Of what `libraries_with_totals` returned."""
    return Totals(
        comics=sum(library.comic_count for library in libraries),  # type: ignore[attr-defined]
        series=sum(library.series_count for library in libraries),  # type: ignore[attr-defined]
        size_bytes=sum(library.total_bytes for library in libraries),  # type: ignore[attr-defined]
    )
