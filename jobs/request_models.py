"""What asks for jobs again: timetables, and calls that are repeated."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from jobs import operations


class Schedule(models.Model):
    """A job that is submitted again and again."""

    name = models.CharField(primary_key=True, max_length=100)
    """Given by the app that wants it."""
    operation = models.CharField(max_length=50)
    selection = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    timetable = models.CharField(max_length=200)
    """As `jobs.timetable` writes it."""
    makes_up = models.BooleanField(default=True)
    """Whether what was missed while no worker ran is done at the next start."""
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    last_job = models.UUIDField(null=True)
    remark = models.CharField(max_length=300, blank=True)
    """Why there was no job the last time."""

    class Meta:
        ordering = ["next_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return str(operations.get(self.operation).label)

    @property
    def scope(self) -> str:
        """Empty where what it is about is no longer there."""
        try:
            return operations.get(self.operation).scope(self.selection)
        except operations.SelectionError:
            return ""


class JobRequestQuerySet(models.QuerySet["JobRequest"]):
    def outdated(self, *, life: timedelta, unfinished_life: timedelta) -> "JobRequestQuerySet":
        is_old = Q(created_at__lt=now() - life)
        return self.filter(is_old | Q(job=None, created_at__lt=now() - unfinished_life))


class JobRequest(models.Model):
    """A request for a job that may be repeated (jobs.idempotency)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    """Of the body, so that another one is told apart."""
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.CASCADE)
    """None while it is being made."""
    created_at = models.DateTimeField(auto_now_add=True)

    objects = JobRequestQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("user", "key", name="one_request_of_a_key")]

    def __str__(self) -> str:
        return self.key
