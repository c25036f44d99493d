"""The library, what is done to its comics, and the settings of its folders."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jobs import lifecycle
from library import prospects, registering, stored_names
from library.disks import exchanges_names
from library.facets import Panel
from library.filters import numbers
from library.forms import CareForm, FolderForm, RulesForm, SelectionForm
from library.listing import PAGE_SIZES, SORTS, Listing, libraries_with_totals, totals
from library.models import Comic, Library

MOST_ROWS = 200
PARTS = {
    "results": "library/_results.html",
    "panel": "library/_panel.html",
    "live": "library/_live.html",
}


@require_safe
def comics(request: HttpRequest) -> HttpResponse:
    """`?part=` asks for a part of the page, as scripts place it; for `live` the numbers, and the
    rows of `&ids=`."""
    listing = Listing(request.GET)
    part = request.GET.get("part", "")
    context: dict[str, Any] = {
        "listing": listing,
        "panel": Panel(listing),
        "layout": "grid" if request.COOKIES.get("layout") == "grid" else "list",
    }
    if part not in ("results", "panel"):
        libraries = list(Library.objects.all())
        context |= {
            "libraries": libraries,
            "totals": totals(),
            "scanned_at": max((x.scanned_at for x in libraries if x.scanned_at), default=None),
        }
    if part == "live":
        context["comics"] = _asked_for(request.GET.get("ids", ""))
    if part in PARTS:
        return render(request, PARTS[part], context)
    context |= {"sorts": SORTS, "page_sizes": PAGE_SIZES}
    return render(request, "library/library.html", context)


def _asked_for(text: str) -> list[Comic]:
    return list(Comic.objects.filter(pk__in=numbers(text.split(","))[:MOST_ROWS]))


@require_POST
def process(request: HttpRequest) -> HttpResponse:
    form = SelectionForm(request.POST)
    if not form.is_valid():
        for texts in form.errors.values():
            messages.error(request, " ".join(map(str, texts)))
        return redirect("library")
    return _submit(request, "process", form.selection(), dry_run=form.is_preview)


@require_POST
def scan(request: HttpRequest) -> HttpResponse:
    return _submit(request, "scan", {"all": True})


@require_POST
def scan_library(request: HttpRequest, pk: int) -> HttpResponse:
    return _submit(request, "scan", {"library": pk})


def _submit(
    request: HttpRequest, operation: str, selection: Mapping[str, Any], *, dry_run: bool = False
) -> HttpResponse:
    """On to the new job's page, or back with the reason why there is none."""
    try:
        job = lifecycle.submit(operation, selection, dry_run=dry_run, user=_user(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("library")
    return redirect("job", job.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """POST adds a folder."""
    form = FolderForm(request.POST or None)
    if form.is_valid() and (job := form.save(user=_user(request))):
        return redirect("job", job.pk)
    return _settings_page(request, folder=form)


@require_POST
def rules(request: HttpRequest, pk: int) -> HttpResponse:
    library = get_object_or_404(Library, pk=pk)
    form = RulesForm(request.POST, instance=library, prefix=f"library-{pk}")
    if not form.is_valid():
        return _settings_page(request, wrong=form)
    registering.change(library, **form.cleaned_data)
    messages.success(request, _("Saved. The list shows what the new rules ask for."))
    return redirect("settings")


@require_safe
def first_names(request: HttpRequest, pk: int) -> HttpResponse:
    """What the rules given would name the library's first comics; as a part of the page."""
    library = get_object_or_404(Library, pk=pk)
    form = RulesForm(request.GET, instance=library, prefix=f"library-{pk}")
    form.is_valid()
    template = request.GET.get(f"library-{pk}-template", "")
    shown = stored_names.first_names(library, {**form.cleaned_data, "template": template})
    context = {"library": library, "shown": shown}
    return render(request, "library/_first_names.html", context)


@require_safe
def prospect(request: HttpRequest) -> HttpResponse:
    """What a folder that may become a library holds; as a part of the pages that ask for one."""
    path = request.GET.get("path", "")
    found = prospects.look(path) if path.strip() else None
    return render(request, "library/_prospect.html", {"prospect": found})


@require_POST
def care(request: HttpRequest, pk: int) -> HttpResponse:
    library = get_object_or_404(Library, pk=pk)
    form = CareForm(request.POST, instance=library, prefix=f"care-{pk}")
    if not form.is_valid():
        return _settings_page(request, wrong_care=form)
    registering.change(library, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("settings")


@require_safe
def watching(request: HttpRequest) -> HttpResponse:
    """How the watching stands: what a page that is open shows anew when it changes."""
    return render(request, "library/_watching.html")


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    library = get_object_or_404(Library, pk=pk)
    try:
        registering.remove(library)
    except lifecycle.NotAllowed as error:
        messages.error(request, str(error))
        return redirect("settings")
    text = _("“%s” was removed from ComicMaintainer. Its files are untouched.")
    messages.success(request, text % library.name)
    return redirect("settings")


def _settings_page(
    request: HttpRequest,
    *,
    folder: FolderForm | None = None,
    wrong: RulesForm | None = None,
    wrong_care: CareForm | None = None,
) -> HttpResponse:
    libraries = libraries_with_totals()
    forms = [
        wrong
        if wrong is not None and wrong.instance.pk == library.pk
        else RulesForm(instance=library, prefix=f"library-{library.pk}")
        for library in libraries
    ]
    exchanges = [exchanges_names(library.root) for library in libraries]
    for library in libraries:
        library.shown = stored_names.first_names(library, {})  # type: ignore[attr-defined]
    context = {
        "libraries": list(zip(libraries, forms, exchanges, strict=True)),
        "folder_form": folder or FolderForm(),
        "wrong_care": wrong_care,
    }
    return render(request, "library/settings.html", context)


def _user(request: HttpRequest) -> lifecycle.Somebody:
    return request.user if request.user.is_authenticated else None
