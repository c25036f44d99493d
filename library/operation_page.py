"""The page that offers every operation for the comics that somebody chose."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from jobs import operations
from library.comic_operation import ComicOperation
from library.forms import SelectionForm
from library.preview_page import chosen_comics, selection_of

ICONS = {
    "process": "wand-sparkles",
    "normalize": "list-checks",
    "rename": "file-pen",
    "edit_tags": "tags",
    "convert": "file-archive",
    "verify": "shield-check",
    "find_duplicates": "copy-x",
    "trash": "trash-2",
}
"""Of the operations, in their order: what is done daily first. Others follow by name."""


@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: HttpRequest) -> HttpResponse:
    """POST brings a selection; GET the list's filter, or nothing for all comics."""
    chosen = SelectionForm(request.POST if request.method == "POST" else selection_of(request.GET))
    comics = chosen_comics(request, chosen)
    if comics is None:
        return redirect("library")
    found = [each for each in operations.registered() if isinstance(each, ComicOperation)]
    ranks = {name: rank for rank, name in enumerate(ICONS)}
    found.sort(key=lambda each: (ranks.get(each.name, len(ranks)), str(each.label)))
    context = {
        "operations": [(each, ICONS.get(each.name, "list-checks")) for each in found],
        "chosen": chosen.kept(),
        "count": comics.count(),
    }
    return render(request, "library/operations.html", context)
