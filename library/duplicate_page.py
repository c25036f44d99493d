"""The page of duplicates: groups side by side, "keep this one"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from jobs import lifecycle, operations
from library import duplicate_choices
from library.duplicate_api import DuplicateFilter, groups_shown
from library.duplicate_choices import standing
from library.duplicate_copies import copy_of
from library.duplicate_models import (
    DuplicateGroup,
    DuplicateGroupQuerySet,
    DuplicateMember,
    DuplicateSearch,
    members_there,
)
from library.keeping import Copy
from library.models import Library

PAGE_SIZE = 10
MOST_SHOWN = 12
"""Of one group; a wrong tag can make hundreds of comics one."""
OPERATION = "find_duplicates"
TABS: Sequence[tuple[Any, dict[str, str]]] = [
    (gettext_lazy("All"), {}),
    (gettext_lazy("Certain"), {"certain": "true"}),
    *((label, {"way": way}) for way, label in DuplicateGroup.Way.choices),
]

Tab = tuple[str, int, bool, str]
"""Label, count, whether it is the current one, and its address."""


@dataclass(frozen=True)
class Fact:
    label: str
    name: str
    """How the page writes it."""
    value: Any
    differs: bool
    """Not all copies have the same."""
    is_best: bool


@dataclass(frozen=True)
class Shown:
    """A group as the page shows it."""

    group: DuplicateGroup
    reason: str
    copies: Sequence[tuple[DuplicateMember, Sequence[Fact]]]
    more: int

    @property
    def keeper(self) -> DuplicateMember:
        return self.copies[0][0]

    @property
    def is_risky(self) -> bool:
        """The one that was chosen is not as sound as another one."""
        sound = [copy_of(member.comic).soundness for member, _facts in self.copies]
        return sound[0] < max(sound)


@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    query = request.GET.copy()
    for name in ("part", "page"):
        query.pop(name, None)
    filters = DuplicateFilter(query, queryset=groups_shown())
    found = filters.qs if filters.is_valid() else groups_shown().open()
    shown_tabs = tabs(query)
    page = _page(found, shown_tabs, request.GET.get("page"))
    context = {
        "page": page,
        "shown": [shown(group) for group in page if len(standing(group).members) > 1],
        "query": query,
        "is_dismissed": query.get("dismissed") == "true",
        "tabs": shown_tabs,
        "totals": totals(),
        "search": DuplicateSearch.objects.order_by("-grouped_at").first(),
        "running": running(),
        "libraries": Library.objects.all(),
    }
    if request.GET.get("part") == "groups":
        return render(request, "library/_duplicates.html", context)
    context["form"] = operations.get(OPERATION).form(prefix=OPERATION)
    return render(request, "library/duplicates.html", context)


def _page(
    found: DuplicateGroupQuerySet, tabs: Sequence[Tab], number: str | None
) -> Page[DuplicateGroup]:
    paginator = Paginator(found, PAGE_SIZE)
    if counted := [count for _label, count, is_current, _href in tabs if is_current]:
        paginator.count = counted[0]
    return paginator.get_page(number)


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    form = operations.get(OPERATION).form(request.POST, prefix=OPERATION)
    if not form.is_valid():
        return _back(
            request, " ".join(str(text) for texts in form.errors.values() for text in texts)
        )
    try:
        lifecycle.submit(OPERATION, {"all": True}, options=form.cleaned_data, user=_user(request))
    except ValidationError as error:
        return _back(request, " ".join(error.messages))
    return redirect("duplicates")


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the chosen one and preview the trash for the others, or dismiss or reopen the group."""
    group = get_object_or_404(DuplicateGroup, pk=pk)
    moves: dict[str, Callable[[DuplicateGroup], None]] = {
        "dismiss": duplicate_choices.dismiss,
        "reopen": duplicate_choices.reopen,
    }
    try:
        if (move := moves.get(request.POST.get("move", ""))) is not None:
            move(group)
            return _back(request)
        keeper = forms.IntegerField().clean(request.POST.get("keeper"))
        if not any(m.is_keeper and m.comic_id == keeper for m in standing(group).members):
            duplicate_choices.keep(group, keeper)
        return _preview(request, DuplicateGroup.objects.filter(pk=pk))
    except ValidationError:
        return _back(request, _("Choose the one to keep first."))
    except lifecycle.NotAllowed as error:
        return _back(request, str(error))


@require_POST
def resolve(request: HttpRequest) -> HttpResponse:
    """The suggestions of a page, or of all groups that are certain."""
    query = QueryDict(request.POST.get("query", ""))
    groups = _of_library(query).filter(is_certain=True)
    if request.POST.get("scope") != "certain":
        given = request.POST.getlist("groups")
        numbers = [int(text) for text in given if text.isascii() and text.isdecimal()]
        groups = DuplicateGroup.objects.filter(pk__in=numbers[:PAGE_SIZE])
    try:
        return _preview(request, groups)
    except lifecycle.NotAllowed as error:
        return _back(request, str(error))


def _preview(request: HttpRequest, groups: DuplicateGroupQuerySet) -> HttpResponse:
    job = duplicate_choices.resolve(groups, dry_run=True, user=_user(request))
    return redirect("job", job.pk)


def _back(request: HttpRequest, problem: str = "") -> HttpResponse:
    if problem:
        messages.error(request, problem)
    query = QueryDict(request.POST.get("query", "")).urlencode()
    response = redirect("duplicates")
    if query:
        response["Location"] += f"?{query}"
    return response


def shown(group: DuplicateGroup) -> Shown:
    now = standing(group)
    members = now.members
    copies = [copy_of(member.comic) for member in members]
    facts = [facts_of(copy, copies) for copy in copies[:MOST_SHOWN]]
    copies_shown = list(zip(members, facts, strict=False))
    return Shown(group, now.reason, copies_shown, len(members) - len(facts))


def facts_of(copy: Copy, copies: Sequence[Copy]) -> list[Fact]:
    """What people compare; each with whether it is the best of them."""
    found = []
    for label, name, value, merit in _FACTS:
        values = {str(value(each)) for each in copies}
        best = max(map(merit, copies)) if merit else None
        is_best = merit is not None and len(values) > 1 and merit(copy) == best
        found.append(Fact(str(label), name, value(copy), len(values) > 1, is_best))
    return found


_FACTS: Sequence[tuple[Any, str, Callable[[Copy], Any], Callable[[Copy], float] | None]] = [
    (gettext_lazy("Pages"), "count", lambda c: c.page_count, lambda c: c.page_count),
    (gettext_lazy("Images"), "measures", lambda c: (c.width, c.height), lambda c: c.pixels),
    (gettext_lazy("Tags"), "count", lambda c: c.tag_count, lambda c: c.tag_count),
    (gettext_lazy("Format"), "text", lambda c: c.format.upper(), None),
    (gettext_lazy("Size"), "size", lambda c: c.size_bytes, None),
]


def tabs(query: QueryDict) -> list[Tab]:
    counts = (
        _of_library(query)
        .values("way")
        .annotate(n=Count("pk"), certain=Count("pk", filter=Q(is_certain=True)))
    )
    by_way = {row["way"]: row["n"] for row in counts}
    numbers = [
        sum(by_way.values()),
        sum(row["certain"] for row in counts),
        *(by_way.get(way, 0) for way in DuplicateGroup.Way.values),
    ]
    chosen = {name: query[name] for name in ("way", "certain", "dismissed") if query.get(name)}
    return [
        (str(label), number, chosen == keys, _address(query, keys))
        for (label, keys), number in zip(TABS, numbers, strict=True)
    ]


def _of_library(query: QueryDict) -> DuplicateGroupQuerySet:
    """Open groups of the library that the page is narrowed to, if it is."""
    found: DuplicateGroupQuerySet = DuplicateFilter(
        {"library": str(query.get("library", ""))}, DuplicateGroup.objects.all()
    ).qs
    return found


def _address(query: QueryDict, keys: dict[str, str]) -> str:
    library = query.get("library")
    return "?" + urlencode(({"library": str(library)} if library else {}) | keys)


def totals() -> dict[str, int]:
    """How many comics too many, and the bytes that they take."""
    others = members_there().filter(group=OuterRef("group")).exclude(pk=OuterRef("pk"))
    too_many = members_there().filter(Exists(others), is_open=True, is_keeper=False)
    found = too_many.aggregate(comics=Count("pk"), size_bytes=Sum("comic__size_bytes", default=0))
    return {**found, "dismissed": DuplicateGroup.objects.dismissed().count()}


def running() -> str:
    """ "reading" or "grouping" while a search is under way, else ""."""
    jobs = lifecycle.Job.objects.announced().filter(operation=OPERATION, dry_run=False)
    last = jobs.order_by("-created_at").first()
    if last is None or last.is_finished and last.status != lifecycle.Job.Status.COMPLETED:
        return ""
    if not last.is_finished:
        return "reading"
    return "" if DuplicateSearch.objects.filter(job=last.pk).exists() else "grouping"


def _user(request: HttpRequest) -> lifecycle.Somebody:
    return request.user if request.user.is_authenticated else None
