"""The page that offers every operation for the comics that somebody chose."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from jobs import operations
from library.comic_operation import ComicOperation
from library.forms import SelectionForm
from library.preview_page import chosen_comics, selection_of


@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: HttpRequest) -> HttpResponse:
    """POST brings a selection; GET the list's filter, or nothing for all comics."""
    chosen = SelectionForm(request.POST if request.method == "POST" else selection_of(request.GET))
    comics = chosen_comics(request, chosen)
    if comics is None:
        return redirect("library")
    found = (each for each in operations.registered() if isinstance(each, ComicOperation))
    context = {
        "operations": sorted(found, key=lambda each: str(each.label)),
        "chosen": chosen.kept(),
        "count": comics.count(),
    }
    return render(request, "library/operations.html", context)
