"""Libraries (root folders), the comics found in them, and what was changed on their files."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import time
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Aggregate, Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
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


def hidden(column: str) -> Coalesce:
    """The column, for queries that shall not go by its index: it holds little else, so that each of
    many rows would be fetched for the rest."""
    return Coalesce(column, column)


class ComicQuerySet(models.QuerySet["Comic"]):
    def present(self) -> Self:
        return self.filter(present=True)

    def of_library(self, library: Library) -> Self:
        """For lists and counts, which walk an index that holds all they ask for; by the index of
        libraries the database would fetch each of the library's rows."""
        hidden = Coalesce("library_id", "library_id", output_field=models.BigIntegerField())
        return self.filter(Exact(hidden, library.pk))

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
    # Of the tags, for lists: `columns_of` says them.
    series = models.CharField(max_length=500, blank=True)
    issue = models.CharField(max_length=50, blank=True)
    publisher = models.CharField(max_length=200, blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    is_tagged = models.BooleanField(default=False)

    fingerprint = models.CharField(max_length=64, blank=True)
    """Of the pages of the file that was verified, while they were sound
    (`library.archives.fingerprints`)."""
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_depth = models.CharField(max_length=10, blank=True)
    """The deepest that this file was looked into (`library.archives.verifying.Depth`)."""
    verified_size_bytes = models.BigIntegerField(null=True, blank=True)
    """With the next: which file was verified. Where they are not `size_bytes` and `mtime_ns`,
    what was found concerns a file that is no longer there."""
    verified_mtime_ns = models.BigIntegerField(null=True, blank=True)
    compared_size_bytes = models.BigIntegerField(null=True, blank=True)
    """With the next: which file `ComparedPages` tells of."""
    compared_mtime_ns = models.BigIntegerField(null=True, blank=True)

    is_new = models.BooleanField(default=False)
    """Listed since its library has new files processed, and that is still to be done."""
    verify_tried_at = models.DateTimeField(null=True)
    """When verifying last could not look into it."""
    added_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ComicQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["library", "path"], name="comic_path")]
        indexes = [
            # The ids of any page of any list in the usual order, and of any filtered list in
            # another: the index holds all that is asked for, so no row is read but those shown.
            models.Index(
                fields=[
                    "folder",
                    "name",
                    "id",
                    "present",
                    "library",
                    "state",
                    "verdict",
                    "format",
                    "series",
                    "publisher",
                    "year",
                    "is_tagged",
                    "state_reason",
                    "page_count",
                    "size_bytes",
                    "mtime_ns",
                    "added_at",
                ],
                name="comic_listed",
            ),
            # The counts of the tabs, of formats and of problems, under any filter.
            models.Index(
                fields=[
                    "present",
                    "state",
                    "verdict",
                    "format",
                    "library",
                    "is_tagged",
                    "state_reason",
                    "publisher",
                    "year",
                    "series",
                    "mtime_ns",
                    "added_at",
                    "id",
                ],
                name="comic_counted",
            ),
            # Comics, series and bytes of each library.
            models.Index(
                fields=["library", "series", "present", "size_bytes"], name="comic_totals"
            ),
            # One series; all in the order of series; the counts of series.
            models.Index(
                fields=["series", "folder", "name", "id", "present"], name="comic_by_series"
            ),
            # One publisher or year; all in their order; their counts.
            models.Index(fields=["publisher", "id", "present"], name="comic_by_publisher"),
            models.Index(fields=["year", "id", "present"], name="comic_by_year"),
            # All comics in these orders.
            models.Index(fields=["name", "id", "present"], name="comic_by_name"),
            models.Index(fields=["page_count", "id", "present"], name="comic_by_pages"),
            models.Index(fields=["size_bytes", "id", "present"], name="comic_by_size"),
            models.Index(fields=["mtime_ns", "id", "present"], name="comic_by_changed"),
            models.Index(fields=["added_at", "id", "present"], name="comic_by_added"),
            # Comics with equal pages.
            models.Index(
                fields=["fingerprint"], name="comic_fingerprint", condition=~Q(fingerprint="")
            ),
            # What is to be processed when a scan has ended.
            models.Index(fields=["library"], name="comic_new", condition=Q(is_new=True)),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def file(self) -> Path:
        return self.library.root / self.path

    @property
    def version(self) -> str:
        """Another one whenever the file is another: for addresses and caches of what it holds."""
        return f"{self.mtime_ns:x}-{self.size_bytes:x}"

    # For rows of lists: Django's `get_state_display` makes a dictionary of all choices each time.
    @property
    def state_label(self) -> str:
        return str(Comic.State(self.state).label)

    @property
    def verdict_label(self) -> str:
        return str(Comic.Verdict(self.verdict).label)

    @property
    def may_have_cover(self) -> bool:
        """As far as is known without opening it."""
        return self.verdict not in (
            Comic.Verdict.ENCRYPTED,
            Comic.Verdict.REFUSED,
            Comic.Verdict.NOT_A_COMIC,
        )

    def announcement(self) -> dict[str, Any]:
        """What `comic_updated` says of it."""
        return {
            "comic_id": self.pk,
            "path": self.path,
            "state": self.state,
            "verdict": self.verdict,
        }


def columns_of(tags: Mapping[str, str]) -> dict[str, Any]:
    """What a comic's row holds of its tags."""
    year = tags.get("Year", "")
    is_year = year.isascii() and year.isdecimal() and 0 < len(year) <= 4
    return {
        "tags": tags,
        "series": tags.get("Series", "")[:500],
        "issue": tags.get("Number", "")[:50],
        "publisher": tags.get("Publisher", "")[:200],
        "year": int(year) if is_year else None,
        "is_tagged": bool(tags),
    }


def of_each_library(figure: Aggregate) -> Coalesce:
    """For queries of libraries: this figure of the comics that are there, from an index alone."""
    there = Comic.objects.present().filter(library=OuterRef("pk")).order_by()
    return Coalesce(Subquery(there.values("library").annotate(figure=figure).values("figure")), 0)


class ComicWords(models.Model):
    """The words that a search finds a comic by (`library.searching`), apart from the rows of
    lists, which shall stay small. The databases' indexes of them are made in the migration."""

    comic = models.OneToOneField(
        Comic, primary_key=True, on_delete=models.CASCADE, related_name="words"
    )
    words = models.TextField()
    """With one space between."""

    class Meta:
        verbose_name_plural = "comic words"

    def __str__(self) -> str:
        return self.words


class ChangeQuerySet(models.QuerySet["Change"]):
    def open(self) -> Self:
        """Begun and neither finished nor taken back: in work just now, or interrupted."""
        return self.filter(state__in=Change.OPEN)

    def done(self) -> Self:
        return self.filter(state=Change.State.DONE)

    def standing(self) -> Self:
        """Done, and not undone since."""
        return self.done().filter(undone_at=None)


class Change(models.Model):
    """One change to one comic's file: the journal while it is made, its history afterwards.

    planned (the temporary file's name and the new path are reserved) -> ready (the new file is
    built; it and the former one are known by identity) -> done. A change that could not be made
    is taken_back, from either. A plain rename builds nothing: its result is the former file.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        READY = "ready", _("Under way")
        DONE = "done", _("Done")
        TAKEN_BACK = "taken_back", _("Taken back")

    OPEN = (State.PLANNED, State.READY)
    IMPORTED = "legacy-"
    """How the tokens of changes begin that the old ComicMaintainer made (`library.legacy`)."""

    job = models.UUIDField(null=True)
    """No foreign key: history outlives the job. None for a change that no job made."""
    position = models.PositiveIntegerField(null=True)
    """The job's item."""
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="changes")
    comic = models.ForeignKey(Comic, null=True, on_delete=models.SET_NULL, related_name="changes")
    operation = models.CharField(max_length=50)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)

    token = models.CharField(max_length=32, unique=True)
    """Names the temporary file, and the original in the trash."""
    folder = models.CharField(max_length=4096, blank=True)
    """Relative to the library's root."""
    name = models.CharField(max_length=1024)
    new_name = models.CharField(max_length=1024, blank=True)
    """Empty where it keeps its place."""
    new_folder = models.CharField(max_length=4096, blank=True)
    """The same as `folder` where it stays there."""
    makes = models.PositiveSmallIntegerField(default=0)
    """So many of the last parts of `new_folder` were not there when this was planned."""
    crosses = models.BooleanField(default=False)
    """The two folders are on two file systems, so the new file is built in the new one."""
    former = models.JSONField()
    """Identity of the file that was read; {} where it came out of the trash. JSON, because inodes
    may exceed 63 bits."""
    result = models.JSONField(null=True)
    """Identity of the file that takes its place; {} where none does, None while it is being
    built."""
    sha256 = models.CharField(max_length=64, blank=True)
    """Of the former file; empty where its patch has another proof of it, and for a plain rename,
    which changes no byte."""
    patch = models.BinaryField(null=True)
    """Rebuilds the former file from the result (`library.archives.patching`)."""
    keeps_original = models.BooleanField(default=False)
    """The whole former file goes to the trash."""

    before = models.JSONField(default=dict)
    """The comic's tags before, under ComicInfo's element names."""
    after = models.JSONField(default=dict)
    changes = models.JSONField(default=list)
    """What differs, as the item shows it: a list of `FieldChange`."""
    row = models.JSONField(default=dict)
    """What the comic's row gets besides name, tags and identity, such as its state."""
    message = models.TextField(blank=True)
    """What the item says of it."""
    reverts = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="reverted_by"
    )
    """The change that this one undoes."""

    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    """When it was done or taken back."""
    undone_at = models.DateTimeField(null=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            # Also a job's changes in order, and the one of a reclaimed item.
            models.UniqueConstraint(fields=["job", "position"], name="change_item"),
            # A comic is one change's at a time, and so is a name that a comic is to get.
            models.UniqueConstraint(
                fields=["comic"],
                name="change_comic_leased",
                condition=Q(state__in=["planned", "ready"]),
            ),
            models.UniqueConstraint(
                fields=["library", "new_folder", "new_name"],
                name="change_name_reserved",
                condition=Q(state__in=["planned", "ready"]) & ~Q(new_name=""),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "done"]) | Q(result__isnull=False),
                name="change_ready_knows_result",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "ready"], finished_at=None)
                | Q(state__in=["done", "taken_back"], finished_at__isnull=False),
                name="change_finished_or_open",
            ),
        ]
        indexes = [
            # One comic's history, newest first; and whether a later change stands on one.
            models.Index(fields=["comic", "-id"], name="change_history"),
            # What recovery has to look at.
            models.Index(
                fields=["state"], name="change_open", condition=Q(state__in=["planned", "ready"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation}: {self.path}"

    @property
    def path(self) -> str:
        """Relative to the library's root, as it was before."""
        return f"{self.folder}/{self.name}" if self.folder else self.name

    @property
    def result_name(self) -> str:
        return self.new_name or self.name

    @property
    def result_path(self) -> str:
        """Where its result lies."""
        folder, name = self.new_folder, self.result_name
        return f"{folder}/{name}" if folder else name

    @property
    def moves(self) -> bool:
        """Into another folder."""
        return self.new_folder != self.folder

    @property
    def is_open(self) -> bool:
        return self.state in Change.OPEN

    @property
    def is_imported(self) -> bool:
        return self.token.startswith(Change.IMPORTED)

    @property
    def removes(self) -> bool:
        """The file went to the trash, and none took its place."""
        return self.result == {}


class TrashedFile(models.Model):
    """A whole original in the library's trash folder, until its time is over."""

    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="trash")
    change = models.ForeignKey(
        Change, null=True, on_delete=models.SET_NULL, related_name="trashed_files"
    )
    """What removed it from its place."""
    name = models.CharField(max_length=255)
    """In the trash folder."""
    path = models.CharField(max_length=4096)
    """Where it was, relative to the library's root."""
    size_bytes = models.BigIntegerField()
    trashed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["library", "name"], name="trashed_name")]
        indexes = [
            # What is old enough to be purged.
            models.Index(fields=["trashed_at"], name="trashed_age"),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def file_name(self) -> str:
        """Where it was; `name` is its name in the trash."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]
