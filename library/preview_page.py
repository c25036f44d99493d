"""Before an operation: the comics that were chosen, its options, and the first names."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jobs import lifecycle, operations
from jobs.operations import SelectionError
from library.comic_operation import ComicOperation
from library.filters import ComicFilter, numbers, selected
from library.forms import SelectionForm
from library.models import Comic, ComicQuerySet, Library
from library.operations.edit_tags import EditTagsOptions
from library.paging import USUAL
from library.stored_names import named
from library.template import TemplateError

PREFIX = "options"
ROWS = 25
"""So many are named while somebody types."""


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, name: str) -> HttpResponse:
    """POST brings the selection, and with `make` the options; GET the list's filter, or nothing
    for all. What has no options is previewed at once."""
    operation = offered(name)
    chosen = SelectionForm(request.POST if request.method == "POST" else selection_of(request.GET))
    comics = chosen_comics(request, chosen)
    if comics is None:
        return redirect("library")
    is_given = request.method == "POST" and ("make" in request.POST or not operation.form().fields)
    given = request.POST if is_given else None
    form = operation.form(given, prefix=PREFIX, initial={"template": _only_template()})
    if is_given and form.is_valid():
        return _submit(request, operation, chosen, form)
    return _page(request, operation, chosen, comics, form)


@require_safe
def names(request: HttpRequest) -> HttpResponse:
    """What the template given would name these comics; as a part of the page."""
    ids = numbers(request.GET.get("comics", "").split(","))[:ROWS]
    comics = Comic.objects.filter(pk__in=ids)
    form = operations.get("process").form(request.GET, prefix=PREFIX)
    form.is_valid()
    template = request.GET.get(f"{PREFIX}-template") or None
    context = names_context(in_order(comics), {**form.cleaned_data, "template": template})
    return render(request, "library/_names.html", context)


def names_context(comics: ComicQuerySet, options: dict[str, Any]) -> dict[str, Any]:
    found = list(comics)
    try:
        return {"comics": found, "names": named(found, options)}
    except TemplateError as error:
        text = options["template"] or ""
        where = error.position
        parts = text[:where], text[where : where + 1], text[where + 1 :]
        return {"comics": found, "error": error.message, "error_parts": parts}


def offered(name: str) -> ComicOperation:
    """Raises Http404."""
    found = next((each for each in operations.registered() if each.name == name), None)
    if not isinstance(found, ComicOperation):
        raise Http404
    return found


def selection_of(query: QueryDict) -> QueryDict:
    """As SelectionForm takes it: all comics where the address says nothing."""
    data = query.copy()
    if "scope" not in data:
        known = {key: query[key] for key in query if key in ComicFilter.base_filters}
        data["scope"] = "filter" if known else "all"
        data["filter"] = urlencode(known)
    return data


def chosen_comics(request: HttpRequest, chosen: SelectionForm) -> ComicQuerySet | None:
    """None, and a message, where the selection is none."""
    try:
        if chosen.is_valid():
            return selected(chosen.selection())
        texts = [str(text) for errors in chosen.errors.values() for text in errors]
    except SelectionError as error:
        texts = [str(error)]
    messages.error(request, " ".join(texts))
    return None


def in_order(comics: ComicQuerySet) -> ComicQuerySet:
    return comics.select_related("library").order_by("library_id", "folder", "name")


def _submit(
    request: HttpRequest, operation: ComicOperation, chosen: SelectionForm, form: forms.Form
) -> HttpResponse:
    is_preview = request.POST.get("make") != "job" or not operation.starts_unseen
    try:
        job = lifecycle.submit(
            operation.name,
            chosen.selection(),
            options=form.cleaned_data,
            dry_run=is_preview,
            user=request.user,
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("library")
    return redirect("job", job.pk)


def _page(
    request: HttpRequest,
    operation: ComicOperation,
    chosen: SelectionForm,
    comics: ComicQuerySet,
    form: forms.Form,
) -> HttpResponse:
    count = comics.count()
    if isinstance(form, EditTagsOptions):
        form.show_comics(comics, count=count)
    context = {
        "operation": operation,
        "form": form,
        "chosen": chosen.kept(),
        "count": count,
    }
    if "template" in form.fields:
        template = form["template"].value() or None
        first = comics.order_by(*USUAL).values_list("pk", flat=True)[:ROWS]
        shown = in_order(Comic.objects.filter(pk__in=list(first)))
        context |= names_context(shown, {"template": template})
    return render(request, "library/preview.html", context, status=400 if form.is_bound else 200)


def _only_template() -> str | None:
    """That of the libraries, where they have the same."""
    found = Library.objects.order_by("template").values_list("template", flat=True).distinct()[:2]
    return found[0] if len(found) == 1 else None
