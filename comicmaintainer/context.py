"""What every page shows around its content."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from comicmaintainer import roles
from comicmaintainer.models import Role, Theme
from comicmaintainer.script_strings import strings
from jobs.models import Job, Revision


def shell(request: HttpRequest) -> dict[str, Any]:
    """`theme`; for signed-in people also `unfinished_jobs`, `attention_count`, `revision`, and
    what their role allows: `may_edit`, `is_admin`.

    The jobs are read where the template first uses them, and the revision comes first: the page may
    then show more than it says, and never less. A view that reads jobs itself reads and passes
    the revision before it does.
    """
    user = getattr(request, "user", None)
    context: dict[str, Any] = {"theme": _theme(request, user)}
    if user is not None and user.is_authenticated:
        context["may_edit"] = roles.has(user, Role.EDITOR)
        context["is_admin"] = roles.has(user, Role.ADMIN)
        context["revision"] = SimpleLazyObject(Revision.current)
        context["unfinished_jobs"] = SimpleLazyObject(unfinished_jobs)
        context["attention_count"] = SimpleLazyObject(Job.objects.needs_attention().count)
        context["strings"] = strings
    return context


def _theme(request: HttpRequest, user: Any) -> str:
    """The account's; for strangers, and before the first choice, the browser's cookie."""
    account = getattr(user, "account", None)
    theme = account.theme if account and account.theme else request.COOKIES.get("theme", "")
    return theme if theme in Theme.values else Theme.AUTO


def unfinished_jobs() -> list[Job]:
    """Running ones first."""
    jobs = Job.objects.unfinished().order_by("created_at")[:20]
    return sorted(jobs, key=lambda job: job.status != Job.Status.PROCESSING)
