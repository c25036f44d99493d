"""The page that offers every operation for the comics that somebody chose."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from jobs import lifecycle, operations
from jobs.operations import Operation, SelectionError
from library.comic_operation import ComicOperation
from library.filters import selected
from library.forms import SelectionForm

ALL = {"scope": "all"}


@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: HttpRequest) -> HttpResponse:
    """POST brings a selection; without one it is all comics."""
    return _page(request, request.POST or _data(ALL))


@require_POST
def start(request: HttpRequest, name: str) -> HttpResponse:
    operation = next((each for each in _offered() if each.name == name), None)
    if operation is None:
        raise Http404
    chosen = SelectionForm(request.POST)
    options = operation.form(request.POST, prefix=name)
    if not chosen.is_valid() or not options.is_valid():
        return _page(request, request.POST, wrong={name: options})
    try:
        job = lifecycle.submit(
            name,
            chosen.selection(),
            options=options.cleaned_data,
            dry_run=chosen.is_preview,
            user=None if request.user.is_anonymous else request.user,
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("library")
    return redirect("job", job.pk)


def _page(
    request: HttpRequest, data: QueryDict, *, wrong: dict[str, forms.Form] | None = None
) -> HttpResponse:
    chosen = SelectionForm(data)
    count = _count(request, chosen)
    if count is None:
        return redirect("library")
    forms_of = {each.name: each.form(prefix=each.name) for each in _offered()} | (wrong or {})
    context = {
        "operations": [(each, forms_of[each.name]) for each in _offered()],
        "chosen": chosen.kept(),
        "count": count,
    }
    return render(request, "library/operations.html", context, status=400 if wrong else 200)


def _count(request: HttpRequest, chosen: SelectionForm) -> int | None:
    """How many comics; None, and a message, where the selection is none."""
    try:
        if chosen.is_valid():
            return selected(chosen.selection()).count()
        texts = [str(text) for errors in chosen.errors.values() for text in errors]
    except SelectionError as error:
        texts = [str(error)]
    messages.error(request, " ".join(texts))
    return None


def _offered() -> list[Operation]:
    found = (each for each in operations.registered() if isinstance(each, ComicOperation))
    return sorted(found, key=lambda each: str(each.label))


def _data(values: dict[str, Any]) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update(values)
    return data
