"""Libraries (root folders) and the comics found in them."""

from pathlib import Path
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from library.naming import DEFAULT_TEMPLATE, TemplateError, parse_template


def validate_template(template: str) -> None:
    """Raises ValidationError with what is wrong and where."""
    try:
        parse_template(template)
    except TemplateError as error:
        raise ValidationError(str(error)) from error


class Library(models.Model):
    """A folder that is kept clean, with its rules."""

    name = models.CharField(max_length=100, unique=True)
    path = models.CharField(max_length=4096, unique=True)
    """Absolute, without links."""
    template = models.CharField(
        max_length=300, default=DEFAULT_TEMPLATE, validators=[validate_template]
    )
    strict = models.BooleanField(default=False)
    """Title always "Chapter N", series always the folder's name with ":" for "_"."""
    created_at = models.DateTimeField(auto_now_add=True)
    scanned_at = models.DateTimeField(null=True, blank=True)
    """When a scan last went through to its end."""

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "libraries"

    def __str__(self) -> str:
        return self.name

    @property
    def root(self) -> Path:
        return Path(self.path)


class ComicQuerySet(models.QuerySet["Comic"]):
    def present(self) -> Self:
        return self.filter(present=True)

    def problems(self) -> Self:
        """Comics that could not be read, or only with a remark."""
        return self.exclude(verdict__in=[Comic.Verdict.OK, Comic.Verdict.UNREAD])

    def counts(self) -> dict[str, int]:
        """One query: all, each state, problems, and the number of series and bytes."""
        found = self.aggregate(
            all=Count("pk"),
            needs_work=Count("pk", filter=Q(state=Comic.State.NEEDS_WORK)),
            clean=Count("pk", filter=Q(state=Comic.State.CLEAN)),
            duplicate=Count("pk", filter=Q(state=Comic.State.DUPLICATE)),
            problems=Count("pk", filter=~Q(verdict__in=[Comic.Verdict.OK, Comic.Verdict.UNREAD])),
            series=Count("series", distinct=True, filter=~Q(series="")),
            size_bytes=Sum("size_bytes", default=0),
        )
        return {name: value or 0 for name, value in found.items()}


class Comic(models.Model):
    """One archive file, as it was when last read.

    Three axes that do not mix: `state` (what the rules say), `verdict` (what reading says) and
    `present` (whether the file is there).
    """

    class State(models.TextChoices):
        NEEDS_WORK = "needs_work", _("Needs work")
        CLEAN = "clean", _("Clean")
        DUPLICATE = "duplicate", _("Duplicate")

    class Verdict(models.TextChoices):
        UNREAD = "unread", _("Not read")
        OK = "ok", _("Sound")
        WARN = "warn", _("Readable, with a remark")
        DAMAGED = "damaged", _("Damaged")
        ENCRYPTED = "encrypted", _("Encrypted")
        REFUSED = "refused", _("Refused")
        NOT_A_COMIC = "not_a_comic", _("Not a comic")

    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="comics")
    path = models.CharField(max_length=4096)
    """Relative to the library's root, with "/"; bytes that are not UTF-8 as \\xNN."""
    folder = models.CharField(max_length=4096, blank=True)
    name = models.CharField(max_length=1024)
    format = models.CharField(max_length=4)
    """cbz, cbr, cb7 or cbt: by its suffix."""

    size_bytes = models.BigIntegerField(default=0)
    mtime_ns = models.BigIntegerField(default=0)

    state = models.CharField(max_length=10, choices=State, default=State.NEEDS_WORK)
    state_reason = models.CharField(max_length=300, blank=True)
    verdict = models.CharField(max_length=11, choices=Verdict, default=Verdict.UNREAD)
    verdict_reason = models.CharField(max_length=300, blank=True)
    present = models.BooleanField(default=True)
    missing_since = models.DateTimeField(null=True)

    page_count = models.PositiveIntegerField(null=True)
    tags = models.JSONField(default=dict)
    """Under ComicInfo's element names."""
    series = models.CharField(max_length=500, blank=True)
    issue = models.CharField(max_length=50, blank=True)

    added_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ComicQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["library", "path"], name="comic_path")]
        indexes = [
            # The library page, by status tab, in its usual order.
            models.Index(fields=["state", "folder", "name"], name="comic_state"),
            models.Index(fields=["folder", "name"], name="comic_order"),
            # Filtering by series.
            models.Index(fields=["series"], name="comic_series"),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def file(self) -> Path:
        return self.library.root / self.path

    def announcement(self) -> dict[str, Any]:
        """What `comic_updated` says of it."""
        return {
            "comic_id": self.pk,
            "path": self.path,
            "state": self.state,
            "verdict": self.verdict,
        }
