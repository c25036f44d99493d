"""What every page shows around its content."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from comicmaintainer.script_strings import strings
from jobs.models import Job, Revision

THEMES = ("auto", "light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """`theme`; for signed-in people also `unfinished_jobs`, `attention_count` and `revision`.

    Those are read where the template first uses them, and the revision comes first: the page may
    then show more than it says, and never less. A view that reads jobs itself reads and passes
    the revision before it does.
    """
    theme = request.COOKIES.get("theme", "auto")
    context: dict[str, Any] = {"theme": theme if theme in THEMES else "auto"}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        context["revision"] = SimpleLazyObject(Revision.current)
        context["unfinished_jobs"] = SimpleLazyObject(unfinished_jobs)
        context["attention_count"] = SimpleLazyObject(Job.objects.needs_attention().count)
        context["strings"] = strings
    return context


def unfinished_jobs() -> list[Job]:
    """Running ones first."""
    jobs = Job.objects.unfinished().order_by("created_at")[:20]
    return sorted(jobs, key=lambda job: job.status != Job.Status.PROCESSING)
