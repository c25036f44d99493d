"""Jobs and their items: the durable truth.

States of a job: queued -> processing -> completed | failed | cancelled; queued and processing
may go to paused, and paused leads over queued on. A job whose cancel was asked for while items
were in work is `cancelling` until they are done.

An item is pending (no owner, no outcome), leased (an owner) or done (an outcome).
"""

import uuid
from datetime import timedelta
from typing import Any, Self, TypedDict

from django import forms
from django.conf import settings
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jobs import operations
from jobs.measures import ItemTimes as ItemTimes
from jobs.node_models import Duty as Duty
from jobs.node_models import WorkerNode as WorkerNode
from jobs.operations import ERRORS, Operation, Outcome, Task
from jobs.request_models import JobRequest as JobRequest
from jobs.request_models import Schedule as Schedule


class Progress(TypedDict):
    processed: int
    total: int
    success: int
    errors: int
    percentage: float


class Revision(models.Model):
    """The one counter of all changes of all jobs; its row lock makes commit order its order."""

    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.value)

    @classmethod
    def current(cls) -> int:
        with connection.cursor() as cursor:  # asked several times a second
            cursor.execute(f"SELECT value FROM {cls._meta.db_table} WHERE id = 1")  # nosec B608
            value: int = cursor.fetchone()[0]
        return value

    @classmethod
    def take(cls, count: int) -> int:
        """Take the next `count` values; the first of them. Others wait until the commit."""
        table = cls._meta.db_table
        sql = f"UPDATE {table} SET value = value + %s WHERE id = 1 RETURNING value"  # nosec B608
        with connection.cursor() as cursor:
            cursor.execute(sql, [count])
            last: int = cursor.fetchone()[0]
        return last - count + 1


# For SQLite, to which a list of parameters is not the list of a partial index.
_UNFINISHED = Q(status="queued") | Q(status="processing") | Q(status="paused")
_NEEDS_ATTENTION = Q(dismissed_at=None, dry_run=False) & (
    Q(status="failed") | Q(status="completed") & (Q(failed__gt=0) | Q(conflict__gt=0))
)


class JobQuerySet(models.QuerySet["Job"]):
    def announced(self) -> Self:
        """Jobs whose items are all there; the others are still being created, or removed."""
        # Not “above 0”: SQLite would go by the index of revisions, and sort all for a page.
        return self.exclude(revision=0)

    def unfinished(self) -> Self:
        return self.announced().filter(_UNFINISHED)

    def runnable(self) -> Self:
        return self.unfinished().filter(status__in=Job.RUNNABLE)

    def changed_since(self, revision: int) -> Self:
        return self.filter(revision__gt=revision).order_by("revision")

    def needs_attention(self) -> Self:
        """Ended badly, or with items that failed, and nobody has put it aside yet; no previews."""
        return self.announced().filter(_NEEDS_ATTENTION)


class Job(models.Model):
    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        PROCESSING = "processing", _("Running")
        PAUSED = "paused", _("Paused")
        COMPLETED = "completed", _("Finished")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    COURSE = (
        "status",
        "cancelling",
        "starter",
        "generation",
        "error",
        "total",
        *Outcome.values,
        "started_at",
        "finished_at",
        "revision",
    )
    """The fields that change in the course of a job: written together, under its row's lock."""
    RUNNABLE = (Status.QUEUED, Status.PROCESSING)
    UNFINISHED = (*RUNNABLE, Status.PAUSED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operation = models.CharField(max_length=50)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    dry_run = models.BooleanField(default=False)
    options = models.JSONField(default=dict)
    selection = models.JSONField(default=dict)
    """Kept for operations that list their targets at the start."""
    scope = models.CharField(max_length=200, blank=True)
    """Which items, in words."""

    total = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    conflict = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    revision = models.BigIntegerField(default=0)
    """The counter's value at the last change; 0 while the job is being created, or removed."""
    generation = models.PositiveIntegerField(default=0)
    """Messages of an older generation are void."""
    cancelling = models.BooleanField(default=False)
    starter = models.CharField(max_length=32, blank=True)
    """The node that lists the targets just now."""
    error = models.TextField(blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    continued_at = models.DateTimeField(null=True)
    """When it went on after a restart: all workers of before were gone."""
    finished_at = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)
    """When somebody put its failures aside."""
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    source_job = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            # What a stream asks for: everything after a position.
            models.Index(fields=["revision"], name="job_revision"),
            # Activity and the API: newest first.
            models.Index(fields=["-created_at"], name="job_newest"),
            # What is running, on every page.
            models.Index(
                fields=["status"],
                name="job_unfinished",
                condition=_UNFINISHED,
            ),
            # How many need attention, on every page.
            models.Index(fields=["revision"], name="job_attention", condition=_NEEDS_ATTENTION),
        ]

    def __str__(self) -> str:
        return f"{self.label} {str(self.id)[:8]}"

    @property
    def label(self) -> str:
        """The operation's name for people; its bare name where it is no longer known."""
        return str(self._operation.label) if self._operation else self.operation

    @property
    def changed_word(self) -> str:
        """What became of its items with the outcome "changed"."""
        return str(self._operation.changed_word if self._operation else Outcome.CHANGED.label)

    @property
    def call(self) -> str:
        """What the button says that does it, with "%s" for the files."""
        call = self._operation.call if self._operation else ""
        return str(call) or f"{self.label} %s"

    @property
    def operation_form(self) -> type[forms.Form] | None:
        """That of its options; None where the operation is no longer known."""
        return self._operation.form if self._operation else None

    @property
    def is_finished(self) -> bool:
        return self.status not in Job.UNFINISHED

    @property
    def needs_attention(self) -> bool:
        """The same as the QuerySet's method, of one job."""
        ended_badly = self.status == Job.Status.COMPLETED and self.errors > 0
        is_open = not self.dismissed_at and not self.dry_run
        return is_open and (ended_badly or self.status == Job.Status.FAILED)

    @property
    def can_be_undone(self) -> bool:
        """As far as its own row tells; all that it did may have been undone already."""
        did_something = self.is_finished and not self.dry_run and self.changed > 0
        return did_something and bool(self._operation and self._operation.undone_by)

    @property
    def can_be_applied(self) -> bool:
        """A preview that went through to its end, of an operation that can do just that."""
        is_preview = self.dry_run and self.status == Job.Status.COMPLETED and self.total > 0
        return is_preview and bool(self._operation and self._operation.applies_previews)

    @property
    def is_previewed(self) -> bool:
        """A preview that has come to its end: its page says what would change."""
        return self.dry_run and self.status == Job.Status.COMPLETED

    @property
    def _operation(self) -> Operation | None:
        try:
            return operations.get(self.operation)
        except KeyError:
            return None

    @property
    def success(self) -> int:
        return self.changed + self.unchanged + self.skipped

    @property
    def errors(self) -> int:
        return self.conflict + self.failed

    @property
    def processed(self) -> int:
        return self.success + self.errors

    @property
    def left(self) -> int:
        return self.total - self.processed

    @property
    def percentage(self) -> float:
        if self.total:
            return round(100 * self.processed / self.total, 2)
        return 100.0 if self.status == Job.Status.COMPLETED else 0.0

    @property
    def progress(self) -> Progress:
        return {
            "processed": self.processed,
            "total": self.total,
            "success": self.success,
            "errors": self.errors,
            "percentage": self.percentage,
        }

    @property
    def outcomes(self) -> dict[str, int]:
        return {outcome.value: getattr(self, outcome.value) for outcome in Outcome}

    @property
    def duration(self) -> "timedelta | None":
        if self.started_at and self.finished_at:
            return self.finished_at - self.started_at
        return None

    @property
    def can_be_repeated(self) -> bool:
        can_be = self.is_finished and not self.dry_run and self.total > 0
        return can_be and bool(self._operation and self._operation.is_repeatable)

    def advice(self, message: str) -> str:
        """What to do about an item that says this."""
        return self._operation.advice(message) if self._operation else ""

    def current_paths(self) -> list[str]:
        """The first few of what is in work just now."""
        leased = self.items.leased().order_by("position")
        return list(leased.values_list("path", flat=True)[:5])

    def facts(self, item: "JobItem") -> dict[str, Any]:
        """What its operation says of one of its items."""
        return self._operation.item_facts(item.key) if self._operation else {}

    def count(self, outcome: str) -> None:
        """Count one more item in this object, not in the database."""
        setattr(self, outcome, getattr(self, outcome) + 1)


class JobItemQuerySet(models.QuerySet["JobItem"]):
    def pending(self) -> Self:
        return self.filter(owner="", outcome="")

    def leased(self) -> Self:
        return self.exclude(owner="")

    def done(self) -> Self:
        """In the order of completion."""
        return self.exclude(outcome="").order_by("n")

    def errors(self) -> Self:
        return self.filter(outcome__in=ERRORS)


class JobItem(models.Model):
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    key = models.TextField()
    """Names the target; only the operation understands it."""
    path = models.TextField()
    """What people see of the target, as it was when the job was created."""

    turn = models.PositiveIntegerField(default=0)
    """With `note`: what `Operation.arrange` has found of it."""
    note = models.TextField(blank=True)

    owner = models.CharField(max_length=32, blank=True)
    """The node that holds the lease."""
    attempts = models.PositiveSmallIntegerField(default=0)

    n = models.PositiveIntegerField(null=True)
    """The job's `processed` when this item was recorded."""
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    message = models.TextField(blank=True)
    changes = models.JSONField(default=list)
    shown = models.CharField(max_length=64, blank=True)
    """`Result.shown` of a preview's item; an item that applies a preview begins with it."""
    duration_ms = models.PositiveIntegerField(null=True)

    objects = JobItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="item_position"),
            # Also the results of a job in the order of completion.
            models.UniqueConstraint(fields=["job", "n"], name="item_n"),
            models.CheckConstraint(
                condition=Q(outcome="", n=None) | Q(n__isnull=False, owner="") & ~Q(outcome=""),
                name="item_done_or_not",
            ),
        ]
        indexes = [
            # Claiming the next pending items.
            models.Index(
                fields=["job", "turn", "position"],
                name="item_pending",
                condition=Q(owner="", outcome=""),
            ),
            # Those of them that were in work at the death of a worker.
            models.Index(
                fields=["job", "turn"],
                name="item_begun",
                condition=Q(owner="", outcome="", attempts__gt=0),
            ),
            # Which leases are out, by job and by node.
            models.Index(fields=["job", "owner"], name="item_leased", condition=~Q(owner="")),
            # The results of one outcome.
            models.Index(
                fields=["job", "outcome", "n"], name="item_outcome", condition=~Q(outcome="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.path}"

    def task(self, job: Job) -> Task:
        """The item as its operation gets it."""
        return Task(
            job_id=str(job.pk),
            position=self.position,
            key=self.key,
            path=self.path,
            options=job.options,
            dry_run=job.dry_run,
            user_id=job.created_by_id,
            shown="" if job.dry_run else self.shown,
            note=self.note,
        )

    def as_json(self) -> dict[str, Any]:
        """The item as the events carry it."""
        return {
            "n": self.n,
            "position": self.position,
            "path": self.path,
            "outcome": self.outcome,
            "message": self.message,
            "changes": self.changes,
            "duration_ms": self.duration_ms,
        }
