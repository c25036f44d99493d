"""What is known of comics' pages, and which comics were found to be duplicates of each other."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from library.models import Comic


class ComparedPages(models.Model):
    """What a comic's pages are and look like, as they were last read.

    It holds for the file that the comic's `compared_size_bytes` and `compared_mtime_ns` tell.
    """

    comic = models.OneToOneField(
        Comic, primary_key=True, on_delete=models.CASCADE, related_name="compared"
    )
    fingerprint = models.CharField(max_length=64, blank=True)
    """`library.archives.fingerprints`, from the table of contents."""
    hashes = models.BinaryField(default=b"")
    """8 bytes for each page in reading order (`library.likeness.pack`); empty where no page was
    decoded."""
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    """Why it could not be read to its end."""
    path = models.CharField(max_length=4096)
    """The comic's when `named` was found out."""
    named = models.JSONField(default=dict)
    """What the name says, under ComicInfo's element names, where the tags do not."""

    def __str__(self) -> str:
        return self.path


class DuplicateSearch(models.Model):
    """That the comics were grouped after a job, and how that went."""

    job = models.UUIDField(unique=True)
    grouped_at = models.DateTimeField(auto_now_add=True)
    comics = models.PositiveIntegerField()
    """Of so many something was known."""
    groups = models.PositiveIntegerField()
    seconds = models.FloatField()

    def __str__(self) -> str:
        return str(self.job)


class DuplicateGroupQuerySet(models.QuerySet["DuplicateGroup"]):
    def dismissed(self) -> Self:
        return self.exclude(dismissed_at=None)

    def open(self) -> Self:
        """With two comics or more that are there: what went to the trash is resolved."""
        there = members_there().filter(group=OuterRef("pk"))
        return self.filter(Exists(there[1:2]), dismissed_at=None)


class DuplicateGroup(models.Model):
    """Comics of which one is enough.

    open -> dismissed ("not duplicates"), and back. It is resolved while fewer than two of its
    comics are there; the next search forgets it then.
    """

    class Way(models.TextChoices):
        """How it was found, the surest first."""

        EQUAL = "equal", _("Same pages")
        ALIKE = "alike", _("Pages look alike")
        NAME = "name", _("Same series and number")

    way = models.CharField(max_length=5, choices=Way)
    """The least sure by which one of its comics belongs to it."""
    is_certain = models.BooleanField()
    """So that nobody needs to look at it."""
    is_chosen = models.BooleanField(default=False)
    """Its keeper is somebody's choice."""
    sort_key = models.CharField(max_length=200, blank=True)
    found_at = models.DateTimeField(auto_now_add=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)

    objects = DuplicateGroupQuerySet.as_manager()

    class Meta:
        indexes = [
            # The page of groups, the surest first.
            models.Index(fields=["-is_certain", "sort_key", "id"], name="duplicate_group_order")
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()}: {self.sort_key}"


class DuplicateMember(models.Model):
    group = models.ForeignKey(DuplicateGroup, on_delete=models.CASCADE, related_name="members")
    comic = models.ForeignKey(Comic, on_delete=models.CASCADE, related_name="memberships")
    is_keeper = models.BooleanField(default=False)
    is_open = models.BooleanField(default=True)
    """Its group is not dismissed."""
    way = models.CharField(max_length=5, choices=DuplicateGroup.Way)
    """How it is a duplicate of the keeper."""
    detail = models.CharField(max_length=100, blank=True)
    """The same in words."""
    reason = models.CharField(max_length=300, blank=True)
    """What its comic's status says, while it is marked as a duplicate."""
    former_state = models.CharField(max_length=10, blank=True)
    """With the next: what the status was before."""
    former_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "comic"], name="duplicate_member"),
            # A comic is a duplicate of one group's keeper at most.
            models.UniqueConstraint(
                fields=["comic"], name="duplicate_once", condition=Q(is_open=True)
            ),
            models.UniqueConstraint(
                fields=["group"], name="duplicate_keeper", condition=Q(is_keeper=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.comic_id} in {self.group_id}"


def members_there() -> models.QuerySet[DuplicateMember]:
    """Whose comics are there: the few that are not are looked up in an index, instead of each
    member in the rows of comics."""
    missing = Comic.objects.filter(present=False).values("pk")
    return DuplicateMember.objects.exclude(comic__in=missing)
