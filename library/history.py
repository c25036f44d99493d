"""The API of what was changed, and of what lies in the trash."""

from datetime import datetime, timedelta
from typing import Any

import django_filters
from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.utils.timezone import now
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import generics, serializers

from jobs.operations import FieldChange
from jobs.ordering import Ordering
from library.filters import LARGEST_ID, LibraryFilter
from library.models import Change, ChangeQuerySet, Library, TrashedFile
from library.strict_filters import WholeNumberFilter, YesOrNoFilter


class ChangeSerializer(serializers.ModelSerializer[Change]):
    """A change to a comic's file, as `changes_shown` gives it."""

    when = serializers.DateTimeField(source="finished_at", read_only=True)
    who = serializers.SlugRelatedField[Any](
        source="user", slug_field="username", read_only=True, allow_null=True
    )
    job_id = serializers.UUIDField(source="job", read_only=True, allow_null=True)
    comic_id = serializers.IntegerField(read_only=True, allow_null=True)
    before = serializers.DictField(child=serializers.CharField(), read_only=True)
    """The comic's tags, under ComicInfo's element names."""
    after = serializers.DictField(child=serializers.CharField(), read_only=True)
    new_path = serializers.CharField(source="result_path", read_only=True)
    """Where the result lies; the same as `path` where it stayed there."""
    changes = serializers.SerializerMethodField()
    undoable = serializers.SerializerMethodField()

    class Meta:
        model = Change
        fields = [
            "id",
            "when",
            "who",
            "operation",
            "job_id",
            "library",
            "comic_id",
            "path",
            "new_path",
            "message",
            "before",
            "after",
            "changes",
            "undone_at",
            "undoable",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_changes(self, change: Change) -> list[FieldChange]:
        changes: list[FieldChange] = change.changes
        return changes

    def get_undoable(self, change: Change) -> bool:
        return undoable(change)


def undoable(change: Any) -> bool:
    """Of a change as `changes_shown` gives it, as far as the database tells; a dry run of `undo`
    looks at the file too."""
    return is_kept(change) and not change.has_later_standing


def is_kept(change: Any) -> bool:
    """Whether one of `changes_shown` stands, and all is there that undoing it takes."""
    stands = change.undone_at is None and change.comic_id is not None
    return stands and (change.has_original or not change.keeps_original)


def changes_shown() -> ChangeQuerySet:
    """Changes that were made, with what decides whether they can be undone: `has_later_standing`
    (a change of the same comic that has to be undone first, as in `undoing`) and `has_original` (it
    is in the trash)."""
    later = Change.objects.done().filter(comic=OuterRef("comic"), pk__gt=OuterRef("pk"))
    own = Q(reverts=None) | Q(reverts__lte=OuterRef("pk"))
    kept = TrashedFile.objects.filter(
        change__comic=OuterRef("comic"),
        change__sha256=OuterRef("sha256"),
        change__pk__gte=OuterRef("pk"),
    )
    annotated = Change.objects.done().annotate(
        has_later_standing=Exists(later.filter(own, undone_at=None)),
        has_original=Exists(kept),
    )
    shown: ChangeQuerySet = annotated.select_related("user").defer("patch").order_by("-pk")
    return shown


class ChangeFilter(django_filters.FilterSet):  # type: ignore[misc]
    comic = WholeNumberFilter(min_value=1, max_value=LARGEST_ID)
    job = django_filters.UUIDFilter()
    library = LibraryFilter(queryset=Library.objects.all())
    operation = django_filters.CharFilter(max_length=50)
    undone = YesOrNoFilter(method="filter_undone")
    days = WholeNumberFilter(method="filter_days", min_value=1, max_value=36500)
    """Only those of the last days."""

    class Meta:
        model = Change
        fields = ["comic", "job", "library", "operation", "undone", "days"]

    def filter_undone(self, changes: ChangeQuerySet, name: str, value: bool) -> ChangeQuerySet:
        return changes.filter(undone_at__isnull=not value)

    @extend_schema_field(OpenApiTypes.INT)
    def filter_days(self, changes: ChangeQuerySet, name: str, value: int) -> ChangeQuerySet:
        return changes.filter(finished_at__gte=now() - timedelta(days=value))


class HistoryFilter(ChangeFilter):
    ordering = Ordering(
        fields=[("pk", "when"), ("path", "path"), ("operation", "operation")],
        terms={"path": [F("folder"), F("name")]},
    )


class HistoryView(generics.ListAPIView[Change]):
    """Changes to comics' files, the newest first."""

    serializer_class = ChangeSerializer
    queryset = changes_shown()
    filter_backends = [DjangoFilterBackend]
    filterset_class = HistoryFilter


class TrashedFileSerializer(serializers.ModelSerializer[TrashedFile]):
    size = serializers.IntegerField(source="size_bytes", read_only=True)
    """In bytes."""
    expires_at = serializers.SerializerMethodField()
    change = serializers.IntegerField(source="change_id", read_only=True, allow_null=True)
    """What put it there; undoing that gives it back."""
    comic_id = serializers.IntegerField(
        source="change.comic_id", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = TrashedFile
        fields = [
            "id",
            "library",
            "path",
            "size",
            "trashed_at",
            "expires_at",
            "change",
            "comic_id",
        ]
        read_only_fields = fields

    def get_expires_at(self, trashed: TrashedFile) -> datetime:
        return trashed.trashed_at + timedelta(days=settings.TRASH_DAYS)


class TrashFilter(django_filters.FilterSet):  # type: ignore[misc]
    library = LibraryFilter(queryset=Library.objects.all())
    ordering = Ordering(
        fields=[("trashed_at", "trashed_at"), ("path", "path"), ("size_bytes", "size")]
    )

    class Meta:
        model = TrashedFile
        fields = ["library"]


class TrashView(generics.ListAPIView[TrashedFile]):
    """Whole originals that can be restored, the newest first."""

    serializer_class = TrashedFileSerializer
    queryset = (
        TrashedFile.objects.select_related("change")
        .defer("change__patch")
        .order_by("-trashed_at", "-pk")
    )
    filter_backends = [DjangoFilterBackend]
    filterset_class = TrashFilter
