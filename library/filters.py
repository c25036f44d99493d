"""Which comics: the query keys of the library page, of GET /api/comics/ and of selections."""

from collections.abc import Container, Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.fields import ModelChoiceField

from jobs.operations import SelectionError
from jobs.ordering import NamesField
from library.globs import HasPath
from library.models import Comic, ComicQuerySet, Library, hidden
from library.paging import ORDERINGS, order
from library.searching import HasWords, words_in
from library.strict_filters import WholeNumberFilter, YesOrNoFilter

FORMATS = [("cbz", "CBZ"), ("cbr", "CBR"), ("cb7", "CB7"), ("cbt", "CBT")]
PROBLEMS = "problems"
LARGEST_ID = 2**63 - 1
MAX_IDS = 10_000
"""A query may not have many more values on SQLite."""
MAX_TEXT = 200
_DAY = gettext_lazy("A day in the years 1970 to 2261: 2026-11-26")
_DAYS = (MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2261, 12, 31)))
"""Of which a file's time in nanoseconds fits into a column."""


def find_library(wanted: object) -> Library:
    """The library of this id or name; of a text, the name goes first. Raises SelectionError."""
    found = None
    if type(wanted) is str:
        found = Library.objects.filter(name=wanted).first()
        is_id = wanted.isascii() and wanted.isdecimal() and len(wanted) < 20
        wanted = int(wanted) if is_id else wanted
    if found is None and type(wanted) is int and 0 < wanted <= LARGEST_ID:
        found = Library.objects.filter(pk=wanted).first()
    if found is None:
        raise SelectionError(_("There is no library “%s”.") % str(wanted)[:MAX_TEXT])
    return found


class LibraryField(ModelChoiceField):  # type: ignore[misc]
    """Takes the id, as the page's select box gives it, and the name."""

    def to_python(self, value: Any) -> Library | None:
        if value in self.empty_values:
            return None
        try:
            return find_library(str(value.pk if isinstance(value, Library) else value))
        except SelectionError as error:
            # As a parameter: a “%” in the name would be taken for the place of one.
            params = {"text": str(error)}
            raise ValidationError("%(text)s", code="invalid_choice", params=params) from error


class LibraryFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]
    field_class = LibraryField


class ComicLibraryFilter(LibraryFilter):
    def filter(self, qs: ComicQuerySet, value: Library | None) -> ComicQuerySet:
        return qs.of_library(value) if value else qs


class WholeTextFilter(django_filters.CharFilter):  # type: ignore[misc]
    """Compares a tag, whatever its case, with those of the few comics that have its words."""

    def filter(self, qs: ComicQuerySet, value: str) -> ComicQuerySet:
        found: ComicQuerySet = super().filter(qs, value)
        words = words_in(value) if value else []
        return found.filter(HasWords(words)) if words else found


class ComicOrdering(django_filters.OrderingFilter):  # type: ignore[misc]
    base_field_class = NamesField

    def filter(self, qs: ComicQuerySet, value: list[str] | None) -> ComicQuerySet:
        is_narrowed = self.parent.is_narrowed
        return qs.order_by(*order(value or ["folder"], is_narrowed=is_narrowed))


class ComicFilter(django_filters.FilterSet):  # type: ignore[misc]
    library = ComicLibraryFilter(queryset=Library.objects.all())
    state = django_filters.ChoiceFilter(choices=Comic.State)
    verdict = django_filters.ChoiceFilter(
        choices=[*Comic.Verdict.choices, (PROBLEMS, gettext_lazy("Problems"))],
        method="filter_verdict",
    )
    reason = django_filters.CharFilter(
        field_name="state_reason",
        max_length=300,
        label=gettext_lazy("What the rules want changed, word for word"),
    )
    series = WholeTextFilter(field_name="series", lookup_expr="iexact", max_length=500)
    publisher = WholeTextFilter(field_name="publisher", lookup_expr="iexact", max_length=200)
    year = WholeNumberFilter(min_value=0, max_value=9999)
    year_from = WholeNumberFilter(
        field_name="year", method="filter_year_from", min_value=0, max_value=9999
    )
    year_to = WholeNumberFilter(
        field_name="year", method="filter_year_to", min_value=0, max_value=9999
    )
    format = django_filters.ChoiceFilter(choices=FORMATS)
    tagged = YesOrNoFilter(field_name="is_tagged", label=gettext_lazy("Whether it has any tags"))
    added_since = django_filters.DateFilter(method="filter_added", label=_DAY, validators=_DAYS)
    changed_since = django_filters.DateFilter(method="filter_changed", label=_DAY, validators=_DAYS)
    search = django_filters.CharFilter(
        method="filter_search",
        max_length=MAX_TEXT,
        label=gettext_lazy("Beginnings of words in the path and in any tag; all must be there"),
    )
    path = django_filters.CharFilter(
        method="filter_path",
        max_length=MAX_TEXT,
        label=gettext_lazy("Path, with * for any text and ? for one character"),
    )
    present = YesOrNoFilter()
    ordering = ComicOrdering(fields=[(c, n) for n, c in ORDERINGS.items()])

    class Meta:
        model = Comic
        fields: ClassVar[list[str]] = []

    @property
    def is_narrowed(self) -> bool:
        """Once it was found valid: whether it leaves comics out by what the index of one column
        does not hold. It holds their ids, and these are all that a search and a pattern ask for."""
        given = self.form.cleaned_data
        names = given.keys() - {"ordering", "present", "search", "path"}
        return any(given[name] not in (None, "") for name in names)

    def narrow(self, comics: ComicQuerySet, *, without: Container[str] = ()) -> ComicQuerySet:
        """These comics but those left out, whatever the order; bad values are as if absent."""
        self.form.is_valid()
        for name, value in self.form.cleaned_data.items():
            if name != "ordering" and name not in without:
                comics = self.filters[name].filter(comics, value)
        return comics

    def filter_verdict(self, comics: ComicQuerySet, name: str, value: str) -> ComicQuerySet:
        return comics.problems() if value == PROBLEMS else comics.filter(verdict=value)

    def filter_year_from(self, comics: ComicQuerySet, name: str, value: int) -> ComicQuerySet:
        return comics.filter(GreaterThanOrEqual(hidden("year"), value))

    def filter_year_to(self, comics: ComicQuerySet, name: str, value: int) -> ComicQuerySet:
        return comics.filter(LessThanOrEqual(hidden("year"), value))

    def filter_added(self, comics: ComicQuerySet, name: str, value: date) -> ComicQuerySet:
        return comics.filter(GreaterThanOrEqual(hidden("added_at"), _begin(value)))

    def filter_changed(self, comics: ComicQuerySet, name: str, value: date) -> ComicQuerySet:
        begin_ns = int(_begin(value).timestamp()) * 10**9
        return comics.filter(GreaterThanOrEqual(hidden("mtime_ns"), begin_ns))

    def filter_search(self, comics: ComicQuerySet, name: str, value: str) -> ComicQuerySet:
        words = words_in(value)
        return comics.filter(HasWords(words)) if words else comics

    def filter_path(self, comics: ComicQuerySet, name: str, value: str) -> ComicQuerySet:
        return comics.filter(HasPath(value))


def _begin(day: date) -> datetime:
    """Of the day, where the server is."""
    return make_aware(datetime.combine(day, time.min))


def selected(selection: dict[str, Any]) -> ComicQuerySet:
    """The comics of a selection: `comics`, `filter` or `all`.

    Raises SelectionError saying what is wrong.
    """
    kinds = [kind for kind in ("comics", "filter", "all") if kind in selection]
    unknown = sorted(set(selection) - {"comics", "filter", "all"})
    if len(kinds) != 1 or unknown:
        raise SelectionError(_("Give one of “comics” (ids), “filter” or “all”: true."))
    present = Comic.objects.present()
    if kinds == ["all"]:
        if selection["all"] is not True:
            raise SelectionError(_("“all” can only be true."))
        return present
    if kinds == ["comics"]:
        return present.filter(pk__in=ids_of(selection, "comics"))
    return _filtered(present, selection["filter"])


def ids_of(selection: Mapping[str, Any], kind: str) -> list[int]:
    """Raises SelectionError."""
    value = selection[kind]
    if not isinstance(value, list) or not all(
        type(v) is int and 0 < v <= LARGEST_ID for v in value
    ):
        raise SelectionError(_("“%s” must be a list of ids.") % kind)
    if len(value) > MAX_IDS:
        raise SelectionError(_("At most %d ids can be given. Use “filter” for more.") % MAX_IDS)
    return value


def numbers(texts: Iterable[str]) -> list[int]:
    """Those of the texts that are ids; the others are as if absent."""
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19]


def job_of(selection: Mapping[str, Any]) -> UUID:
    """Raises SelectionError."""
    try:
        return UUID(str(selection["job"]))
    except ValueError as error:
        raise SelectionError(_("“job” must be a job's id.")) from error


def _filtered(comics: ComicQuerySet, value: Any) -> ComicQuerySet:
    if not isinstance(value, dict):
        raise SelectionError(_("“filter” must be an object with the query keys of /api/comics/."))
    found = ComicFilter(_as_query(value), queryset=comics)
    if unknown := sorted(set(value) - set(found.filters)):
        raise SelectionError(_("There is no filter “%s”.") % unknown[0])
    if not found.is_valid():
        raise SelectionError("; ".join(f"{k}: {t}" for k, ts in found.errors.items() for t in ts))
    filtered: ComicQuerySet = found.qs
    return filtered


def _as_query(values: dict[str, Any]) -> dict[str, str]:
    for name, value in values.items():
        if not isinstance(value, str | int | bool):
            text = _("The filter “%s” must be text, a number, true or false.")
            raise SelectionError(text % name)
    return {name: str(value) for name, value in values.items()}
