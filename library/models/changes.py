"""What was changed on comics' files, and what lies in the trash."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from library.models.comics import Comic
from library.models.libraries import Library


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
