"""One comic: its cover and pages, its tags to be edited, what its sources say, its history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jobs import errands, lifecycle
from jobs.lifecycle import Job, NotAllowed
from jobs.operations import ItemError
from library.advice import advice
from library.browsing import beside
from library.comic_history import history_of
from library.company import Company
from library.metadata.editing import EDITABLE
from library.metadata.model import ELEMENTS
from library.models import Change, Comic
from library.operations.edit_tags import wrong_tag
from library.showing import TIMEOUT_SECONDS, file_data
from library.tag_editing import awaited, edit_tags, why_not
from library.tag_form import TagsForm
from library.tag_values import LABELS
from library.work.sources import Source, Sources

MOST_PAGES = 100
"""In the strip, unless all are asked for."""
_SOURCES: dict[str, Any] = {
    "comicinfo": "ComicInfo.xml",
    "metroninfo": "MetronInfo.xml",
    "comet": "CoMet",
    "comicbookinfo": "ComicBookInfo",
    "name": gettext_lazy("File name"),
    "folder": gettext_lazy("Folder"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def comic(request: HttpRequest, pk: int) -> HttpResponse:
    """POST saves the tags."""
    shown = _comic(pk)
    if request.method == "POST":
        return _save(request, shown)
    return _page(request, shown, TagsForm(shown.tags))


@require_POST
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Take over what a source says: the fields given, and no others."""
    shown = _comic(pk)
    tags: dict[str, str | None] = {e: request.POST[e] for e in EDITABLE if e in request.POST}
    try:
        if not tags or any(wrong_tag(element, text) for element, text in tags.items()):
            raise NotAllowed(_("This cannot be written into ComicInfo.xml."))
        job = _write(request, shown, tags)
    except NotAllowed as error:
        messages.error(request, str(error))
        return _back(request, pk)
    return _told(request, shown, job, tags)


@require_POST
def undo(request: HttpRequest, pk: int, change: int) -> HttpResponse:
    """Take one change back, or preview that."""
    is_preview = bool(request.POST.get("preview"))
    get_object_or_404(Change, pk=change, comic=pk)
    try:
        job = lifecycle.submit(
            "undo", {"changes": [change]}, dry_run=is_preview, user=_user(request)
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _back(request, pk)
    if is_preview or not awaited(job).is_finished:
        return redirect("job", job.pk)
    if problem := why_not(job):
        messages.error(request, problem)
    else:
        messages.success(request, _("Undone. The file is as it was before."))
    return _back(request, pk)


@require_safe
def sources(request: HttpRequest, pk: int) -> HttpResponse:
    """A page of its own, or the part that the comic's page shows."""
    shown = _comic(pk)
    context: dict[str, Any] = {"comic": shown, "query": request.GET}
    try:
        data = {**file_data(shown), "siblings": Company().of(shown)}
        found: Sources = errands.run(
            "library.work.sources:sources", data, timeout_seconds=TIMEOUT_SECONDS
        )
        context |= {
            "rows": _rows(found.found, shown.tags),
            "columns": [(_SOURCES[each.kind], each.problem) for each in found.found],
            "problem": found.problem,
        }
    except errands.Busy:
        context["problem"] = _("The server is busy just now. Try again in a moment.")
    except ItemError as error:
        context["problem"] = str(error)
    is_part = request.GET.get("part") == "sources"
    return render(request, "library/_sources.html" if is_part else "library/sources.html", context)


@dataclass(frozen=True)
class SourceRow:
    element: str
    label: str
    now: str
    cells: list[tuple[str, bool]]
    """What each source says, and whether it is something else than now."""


def _rows(found: tuple[Source, ...], tags: Mapping[str, str]) -> list[SourceRow]:
    said = {element for source in found for element in source.tags}
    return [
        SourceRow(
            element,
            str(LABELS.get(element, element)),
            now := tags.get(element, ""),
            [(text := source.tags.get(element, ""), text != now) for source in found],
        )
        for element in EDITABLE
        if element in said or element in tags
    ]


def _save(request: HttpRequest, shown: Comic) -> HttpResponse:
    form = TagsForm(shown.tags, request.POST)
    if not form.is_valid():
        return _page(request, shown, form, status=400)
    if not form.changed_data:
        messages.info(request, _("You changed nothing, so the file was not touched."))
        return _back(request, shown.pk)
    try:
        job = _write(request, shown, form.changes())
    except NotAllowed as error:
        form.add_error(None, str(error))
        return _page(request, shown, form, status=409)
    return _told(request, shown, job, form.changed_data)


def _write(request: HttpRequest, shown: Comic, tags: dict[str, str | None]) -> Job:
    """The job, which may not be at its end yet. Raises NotAllowed with why nothing was written."""
    try:
        job = edit_tags(shown, tags, user=_user(request))
    except ValidationError as error:
        raise NotAllowed(" ".join(error.messages)) from error
    if job.is_finished and (problem := why_not(job)):
        raise NotAllowed(problem)
    return job


def _told(request: HttpRequest, shown: Comic, job: Job, elements: Iterable[str]) -> HttpResponse:
    if not job.is_finished:
        return redirect("job", job.pk)
    labels = ", ".join(str(LABELS.get(element, element)) for element in elements)
    messages.success(request, _("Saved in the file: %s.") % labels)
    return _back(request, shown.pk)


def _page(request: HttpRequest, shown: Comic, form: TagsForm, *, status: int = 200) -> HttpResponse:
    before, after = beside(shown, request.GET)
    pages = shown.page_count or 0
    context = {
        "comic": shown,
        "query": request.GET,
        "form": form,
        "before": before,
        "after": after,
        "advice": advice(shown),
        "history": history_of(shown),
        "unknown_tags": {name: text for name, text in shown.tags.items() if name not in ELEMENTS},
        "pages": range(1, (pages if "pages" in request.GET else min(pages, MOST_PAGES)) + 1),
        "is_writable": shown.format in ("cbz", "cbt"),
        "is_right_to_left": shown.tags.get("Manga") == "YesAndRightToLeft",
    }
    return render(request, "library/comic.html", context, status=status)


def _comic(pk: int) -> Comic:
    return get_object_or_404(Comic.objects.select_related("library"), pk=pk)


def _back(request: HttpRequest, pk: int) -> HttpResponse:
    """To the comic, in the list that it was opened from."""
    query = request.GET.urlencode()
    return redirect(reverse("comic", args=[pk]) + (f"?{query}" if query else ""))


def _user(request: HttpRequest) -> lifecycle.Somebody:
    return request.user if request.user.is_authenticated else None
