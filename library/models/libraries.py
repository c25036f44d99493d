"""Libraries (root folders) with their rules, and how each is watched."""

from contextlib import suppress
from datetime import time
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from jobs.timetable import BadTimetable, Timetable
from library.naming import DEFAULT_TEMPLATE
from library.template import TemplateError, parse_template


def validate_template(template: str) -> None:
    """Raises ValidationError with what is wrong and where."""
    try:
        parse_template(template)
    except TemplateError as error:
        raise ValidationError(str(error)) from error


def validate_timetable(text: str) -> None:
    """Raises ValidationError with what can be written."""
    try:
        Timetable.parse(text)
    except BadTimetable as error:
        raise ValidationError(str(error)) from error


MOST_VERIFY_DAYS = 3650


class Library(models.Model):
    """A folder that is kept clean, with its rules."""

    RULES = (
        "template",
        "strict",
        "fill_from_names",
        "fill_titles",
        "use_folders",
        "rename_files",
    )

    class Watching(models.TextChoices):
        OFF = "off", _("Do nothing until I scan")
        LIST = "list", _("List them")
        PROCESS = "process", _("List and process them")

    name = models.CharField(max_length=100, unique=True)
    path = models.CharField(max_length=4096, unique=True)
    """Absolute, without links."""
    template = models.CharField(
        max_length=300, default=DEFAULT_TEMPLATE, validators=[validate_template]
    )
    strict = models.BooleanField(default=False)
    """Title always "Chapter N", series always the folder's name with ":" for "_"."""
    fill_from_names = models.BooleanField(default=True)
    """What the tags lack is taken from the names of the file and its folder."""
    fill_titles = models.BooleanField(default=True)
    """Comics without a title get "Chapter N"."""
    use_folders = models.BooleanField(default=True)
    """The folder's name counts for the series."""
    rename_files = models.BooleanField(default=True)
    """By `process`; else names are as they are, and do not keep a comic from being clean."""
    watch = models.CharField(max_length=7, choices=Watching, default=Watching.OFF)
    """What is done about files that are added, changed or moved."""
    scan_times = models.CharField(max_length=100, blank=True, validators=[validate_timetable])
    """When it is scanned by itself, as `jobs.timetable` reads it."""
    verify_days = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(MOST_VERIFY_DAYS)]
    )
    """Within so many days all comics are verified, a share each night; 0: none by themselves."""
    verify_time = models.TimeField(default=time(3))
    """When that begins, in TIME_ZONE."""
    created_at = models.DateTimeField(auto_now_add=True)
    scanned_at = models.DateTimeField(null=True, blank=True)
    """When a scan last went through to its end."""

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "libraries"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        with suppress(BadTimetable):  # its field says so
            self.scan_times = str(Timetable.parse(self.scan_times))

    @property
    def root(self) -> Path:
        return Path(self.path)

    @property
    def rules(self) -> dict[str, Any]:
        """As `library.work.rules` takes them."""
        return {name: getattr(self, name) for name in Library.RULES}


class Watch(models.Model):
    """How the watching of a library goes: written by the one worker host that does it."""

    class Method(models.TextChoices):
        NONE = "", _("not yet")
        EVENTS = "events", _("by the system's events")
        POLLING = "polling", _("by looking now and then")

    library = models.OneToOneField(
        Library, primary_key=True, on_delete=models.CASCADE, related_name="watching"
    )
    method = models.CharField(max_length=7, choices=Method, default=Method.NONE, blank=True)
    """Empty while nobody watches, or where the folder is away."""
    remark = models.CharField(max_length=300, blank=True)
    """Why by polling, and what to do where that can be helped."""
    problem = models.CharField(max_length=300, blank=True)
    """What is wrong, and what to do."""
    since = models.DateTimeField(null=True)
    did = models.CharField(max_length=300, blank=True)
    """The last thing it did."""
    did_at = models.DateTimeField(null=True)
    job = models.UUIDField(null=True)
    """The job of that. No foreign key: jobs are another app's."""

    def __str__(self) -> str:
        return str(self.library)
