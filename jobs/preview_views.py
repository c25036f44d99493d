"""What can be done on a preview's page: tick, change the options, apply."""

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from jobs import sequels, ticks
from jobs.models import Job
from jobs.previewing import KINDS
from jobs.views import OPTIONS, follow_up, job_page


@require_POST
def tick(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep the ticks of one page, and go on: to another page of it, or to the job that applies it.

    With `keep`, as scripts send it after every tick, that is all. With `all` those of all pages
    are set or cleared.
    """
    job = get_object_or_404(Job.objects.announced(), pk=pk)
    if "all" in request.POST:
        ticks.note_all(request.session, job, ticked=request.POST["all"] == "ticked")
        return redirect(f"{reverse('job', args=[pk])}?{_place(request.POST)}")
    shown = _numbers(request.POST.get("shown", "").split(","))
    ticks.note(
        request.session, job, shown=shown, ticked=_numbers(map(str, request.POST.getlist("tick")))
    )
    if "keep" in request.POST:
        return HttpResponse(status=204)
    if "page" in request.POST:
        return redirect(f"{reverse('job', args=[pk])}?{_place(request.POST)}")
    chosen = ticks.of(request.session, job)
    if chosen.all:
        return follow_up(request, pk, partial(sequels.apply, without=chosen.but))
    return follow_up(request, pk, partial(sequels.apply, only=chosen.but))


@require_POST
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another preview of the same items with the options given."""
    job = get_object_or_404(Job.objects.announced(), pk=pk)
    if job.operation_form is None:
        raise Http404
    form = job.operation_form(request.POST, prefix=OPTIONS)
    if not form.is_valid():
        return job_page(request, pk, options=form)
    make = partial(sequels.repeat, options=form.cleaned_data, dry_run=True)
    return follow_up(request, pk, make)


def _place(given: QueryDict) -> str:
    query = QueryDict(mutable=True)
    if "page" in given:
        query.update({"page": given.get("page", "")})
    if given.get("outcome") in KINDS:
        query.update({"outcome": given.get("outcome", "")})
    return query.urlencode()


def _numbers(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 10]
