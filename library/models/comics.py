"""The comics found in libraries, and the words that a search finds them by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from django.db import models
from django.db.models import Aggregate, Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from library.models.libraries import Library


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
