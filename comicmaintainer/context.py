"""What every page shows around its content."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from comicmaintainer import roles
from comicmaintainer.models import Role, Theme
from comicmaintainer.script_strings import strings
from jobs.models import Job, Revision

_SECTIONS = {
    "library": "library comic comic-use comic-sources operations preview",
    "duplicates": "duplicates find-duplicates resolve-duplicates duplicate",
    "activity": "activity job history history-undo trash trash-restore trash-delete",
    "settings": "settings library-rules library-care people person-invite account tokens about",
}
"""The pages by their names in the address table, under what the navigation calls them."""
SECTION_OF = {page: section for section, pages in _SECTIONS.items() for page in pages.split()}


def shell(request: HttpRequest) -> dict[str, Any]:
    """`theme`, `section`; for signed-in people also `unfinished_jobs`, `attention_count`,
    `revision`, and what their role allows: `may_edit`, `is_admin`.

    The jobs are read where the template first uses them, and the revision comes first: the page may
    then show more than it says, and never less. A view that reads jobs itself reads and passes
    the revision before it does.
    """
    user = getattr(request, "user", None)
    match = request.resolver_match
    section = SECTION_OF.get(match.url_name or "", "") if match else ""
    context: dict[str, Any] = {"theme": _theme(request, user), "section": section}
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
