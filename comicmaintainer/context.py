"""What every page shows around its content."""

from typing import Any

from django.http import HttpRequest

from jobs.models import Job, Revision

THEMES = ("auto", "light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """`theme`; for signed-in people also `unfinished_jobs`, `attention_count` and `revision`.

    The revision is read first: the page may then show more than it says, and never less.
    """
    theme = request.COOKIES.get("theme", "auto")
    context: dict[str, Any] = {"theme": theme if theme in THEMES else "auto"}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        context["revision"] = Revision.current()
        context["unfinished_jobs"] = list(Job.objects.unfinished().order_by("created_at")[:20])
        context["attention_count"] = Job.objects.needs_attention().count()
    return context
