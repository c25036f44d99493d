"""Jobs in the admin site: to look at, cancel and retry. Machines write them, nobody else."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jobs import lifecycle, sequels
from jobs.models import Job, JobItem, WorkerNode

Move = Callable[[Job], Job]


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = [
        "__str__",
        "status",
        "progress",
        "errors",
        "duration",
        "dry_run",
        "created_at",
        "created_by",
        "results",
    ]
    list_filter = ["status", "operation", "dry_run", "created_at"]
    list_select_related = ["created_by"]
    search_fields = ["scope", "error"]
    ordering = ["-created_at"]
    show_full_result_count = False
    actions = ["cancel", "retry"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return Job.objects.announced().select_related("created_by", "source_job")

    def view_on_site(self, job: Job) -> str:
        return reverse("job", args=[job.pk])

    @admin.display(description=gettext_lazy("progress"))
    def progress(self, job: Job) -> str:
        words = _("%(processed)d of %(total)d (%(percentage).0f %%)") % job.progress
        bar = '<progress max="{}" value="{}" aria-label="{}"></progress> {}'
        return format_html(bar, job.total or 1, job.processed, words, words)

    @admin.display(description=gettext_lazy("errors"))
    def errors(self, job: Job) -> int:
        return job.errors

    @admin.display(description=gettext_lazy("duration"))
    def duration(self, job: Job) -> str:
        """Until its end, or until now."""
        if job.started_at is None:
            return ""
        seconds = ((job.finished_at or now()) - job.started_at).total_seconds()
        minutes, seconds = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}"

    @admin.display(description=gettext_lazy("results"))
    def results(self, job: Job) -> str:
        url = reverse("admin:jobs_jobitem_changelist")
        link = '<a href="{}?job__id__exact={}">{}</a>'
        return format_html(link, url, job.pk, _("Items"))

    def has_control_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.change_job")

    @admin.action(description=gettext_lazy("Cancel"), permissions=["control"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self._move_all(request, jobs, lifecycle.cancel)

    @admin.action(description=gettext_lazy("Retry what failed"), permissions=["control"])
    def retry(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        user = request.user if request.user.is_authenticated else None
        self._move_all(request, jobs, lambda job: sequels.retry(job, user=user))

    def _move_all(self, request: HttpRequest, jobs: QuerySet[Job], move: Move) -> None:
        moved = 0
        for job in jobs:
            try:
                move(job)
                moved += 1
            except (lifecycle.NotAllowed, ValidationError) as error:
                reason = " ".join(error.messages) if isinstance(error, ValidationError) else error
                self.message_user(request, f"{job}: {reason}", messages.ERROR)
        if moved:
            text = ngettext("Done for %d job.", "Done for %d jobs.", moved) % moved
            self.message_user(request, text, messages.SUCCESS)


MOST_COUNTED = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts so far and no further: whoever looks for one of 200,000 filters, and does not page."""

    @cached_property
    def count(self) -> int:
        found: int = self.object_list.order_by()[:MOST_COUNTED].count()  # type: ignore[attr-defined]
        return found


@admin.register(JobItem)
class JobItemAdmin(ReadOnlyAdmin):
    list_display = ["position", "n", "path", "outcome", "message", "duration_ms", "of_job"]
    list_filter = ["outcome"]
    list_select_related = ["job"]
    search_fields = ["path", "message"]
    search_help_text = gettext_lazy("Path or message. In the items of one job it is quicker.")
    ordering = ["job_id", "position"]
    list_per_page = 50
    paginator = CappedPaginator
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobItem]:
        return super().get_queryset(request).defer("changes", "key")

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changelist = super().get_changelist_instance(request)
        if job_id := request.GET.get("job__id__exact"):
            job = Job.objects.filter(pk=job_id).first()
            changelist.title = _("Items of %s") % (job or job_id)
        return changelist

    def view_on_site(self, item: JobItem) -> str:
        return reverse("job", args=[item.job_id])

    @admin.display(description=gettext_lazy("job"), ordering="job_id")
    def of_job(self, item: JobItem) -> str:
        return format_html('<a href="{}">{}</a>', reverse("job", args=[item.job_id]), item.job)


@admin.register(WorkerNode)
class WorkerNodeAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "heartbeat", "started_at"]
