"""Activity, and one job's page with what can be done to it."""

import csv
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe

from jobs import ticks
from jobs.api import JobFilter, operation_choices
from jobs.events import job_payload
from jobs.lifecycle import NotAllowed
from jobs.models import Job, JobQuerySet, Revision
from jobs.previewing import preview_of
from jobs.results import csv_rows, patterns, results_of, rows_of

HISTORY_PAGE_SIZE = 25
OPTIONS = "options"
"""Stands before the names of an operation's options in forms."""


@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    # Before the jobs: the page may show more than its revision says, never less.
    revision = Revision.current()
    jobs = Job.objects.announced().select_related("created_by")
    query = _filters(request.GET)
    history = jobs.needs_attention() if "show" in query else jobs.exclude(status__in=Job.UNFINISHED)
    context = {
        "revision": revision,
        "now": list(jobs.unfinished().order_by("created_at")),
        "page": _history_page(JobFilter(query, history).qs, request.GET.get("page")),
        "query": query,
        "operations": sorted(operation_choices(), key=lambda choice: choice[1]),
        "statuses": [each for each in Job.Status.choices if each[0] not in Job.UNFINISHED],
    }
    part = request.GET.get("part") == "activity"
    return render(request, "jobs/_activity.html" if part else "jobs/activity.html", context)


def _filters(given: QueryDict) -> QueryDict:
    """Those of the keys that say something that there is."""
    form = JobFilter(given).form
    form.is_valid()
    query = QueryDict(mutable=True)
    query.update({key: str(value) for key, value in form.cleaned_data.items() if value})
    if given.get("show") == "attention":
        query["show"] = "attention"
    return query


def _history_page(history: JobQuerySet, number: str | None) -> Any:
    return Paginator(history.order_by("-created_at"), HISTORY_PAGE_SIZE).get_page(number)


@require_safe
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    return job_page(request, pk)


def job_page(request: HttpRequest, pk: UUID, *, options: forms.Form | None = None) -> HttpResponse:
    """A preview's page also has its options, to be changed for the next one; 400 where the given
    ones are wrong."""
    revision = Revision.current()
    jobs = Job.objects.announced().select_related("created_by", "source_job")
    job = get_object_or_404(jobs, pk=pk)
    part = request.GET.get("part")
    if part == "rows":
        rows = rows_of(job, request.GET.get("n", ""))
        return render(request, "jobs/_rows.html", {"rows": rows})
    head = {"job": job, "sequels": sequels_of(job)}
    if part == "head":
        return render(request, "jobs/_head.html", head)
    context = {
        **head,
        "revision": revision,
        "state": job_payload(job),
        "patterns": [] if job.is_finished else patterns(job),
        "current": [] if job.is_finished else job.current_paths(),
        "options": options or options_of(job),
    }
    if job.is_previewed:
        context["preview"] = preview_of(job, request.GET, ticks.of(request.session, job))
    else:
        context["results"] = results_of(job, request.GET)
    template = "jobs/_job.html" if part == "job" else "jobs/job.html"
    return render(request, template, context, status=400 if options else 200)


def sequels_of(job: Job) -> list[Job]:
    return list(Job.objects.announced().filter(source_job=job).order_by("created_at")[:10])


def options_of(job: Job) -> forms.Form | None:
    """The options that a preview was made with, in their form; None where it has none."""
    if not job.is_previewed or not job.operation_form:
        return None
    form = job.operation_form(initial=job.options, prefix=OPTIONS)
    return form if form.visible_fields() else None


@require_POST
def change(request: HttpRequest, pk: UUID, move: Callable[[Job], Job]) -> HttpResponse:
    """Cancel, pause, resume or dismiss."""
    job = get_object_or_404(Job.objects.announced(), pk=pk)
    try:
        move(job)
    except NotAllowed as error:
        messages.error(request, str(error))
    return redirect("job", pk)


@require_POST
def follow_up(request: HttpRequest, pk: UUID, make: Callable[..., Job]) -> HttpResponse:
    """On to the job that retries, undoes or applies this one, or back with why there is none."""
    job = get_object_or_404(Job.objects.announced(), pk=pk)
    try:
        return redirect("job", make(job, user=request.user).pk)
    except NotAllowed as error:
        messages.error(request, str(error))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("job", pk)


@require_GET
def results_csv(request: HttpRequest, pk: UUID) -> HttpResponse:
    job = get_object_or_404(Job.objects.announced(), pk=pk)
    name = f"{job.operation}-{str(job.pk)[:8]}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    response = HttpResponse(content_type="text/csv; charset=utf-8", headers=headers)
    csv.writer(response).writerows(csv_rows(job.items.done()))
    return response
