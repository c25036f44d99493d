"""The API of duplicates: groups with the one to keep, and what is decided about them."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Prefetch
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from jobs.api import user_of
from jobs.serializers import JobSerializer
from library import duplicate_choices
from library.duplicate_choices import standing
from library.duplicate_copies import copy_of
from library.duplicate_models import (
    DuplicateGroup,
    DuplicateGroupQuerySet,
    DuplicateMember,
    members_there,
)
from library.filters import LARGEST_ID, MAX_IDS, LibraryFilter
from library.models import Comic, Library
from library.strict_filters import YesOrNoFilter


class DuplicateMemberSerializer(serializers.ModelSerializer[DuplicateMember]):
    comic_id = serializers.IntegerField()
    library = serializers.IntegerField(source="comic.library_id")
    path = serializers.CharField(source="comic.path")
    format = serializers.CharField(source="comic.format")
    size_bytes = serializers.IntegerField(source="comic.size_bytes")
    page_count = serializers.IntegerField(source="comic.page_count", allow_null=True)
    width = serializers.SerializerMethodField()
    height = serializers.SerializerMethodField()
    tag_count = serializers.SerializerMethodField()
    verdict = serializers.CharField(source="comic.verdict")
    problem = serializers.SerializerMethodField()

    class Meta:
        model = DuplicateMember
        fields = [
            "comic_id",
            "is_keeper",
            "way",
            "detail",
            "library",
            "path",
            "format",
            "size_bytes",
            "page_count",
            "width",
            "height",
            "tag_count",
            "verdict",
            "problem",
        ]
        read_only_fields = fields

    def get_width(self, member: DuplicateMember) -> int:
        """Of the middle page, in pixels; 0 where pages were not read."""
        return copy_of(member.comic).width

    def get_height(self, member: DuplicateMember) -> int:
        return copy_of(member.comic).height

    def get_tag_count(self, member: DuplicateMember) -> int:
        return copy_of(member.comic).tag_count

    def get_problem(self, member: DuplicateMember) -> str:
        """Why it could not be read to its end."""
        return copy_of(member.comic).problem


class DuplicateGroupSerializer(serializers.ModelSerializer[DuplicateGroup]):
    keeper = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    members = serializers.SerializerMethodField()

    class Meta:
        model = DuplicateGroup
        fields = [
            "id",
            "way",
            "is_certain",
            "keeper",
            "reason",
            "is_chosen",
            "found_at",
            "dismissed_at",
            "members",
        ]
        read_only_fields = fields

    def get_keeper(self, group: DuplicateGroup) -> int | None:
        """The comic that is suggested, or was chosen."""
        return next((member.comic_id for member in standing(group).members), None)

    def get_reason(self, group: DuplicateGroup) -> str:
        """Why this one, as things are now."""
        return standing(group).reason

    @extend_schema_field(DuplicateMemberSerializer(many=True))
    def get_members(self, group: DuplicateGroup) -> Any:
        """Those that are there, the keeper first."""
        return DuplicateMemberSerializer(standing(group).members, many=True).data


class DuplicateFilter(django_filters.FilterSet):  # type: ignore[misc]
    library = LibraryFilter(queryset=Library.objects.all(), method="filter_library")
    way = django_filters.ChoiceFilter(choices=DuplicateGroup.Way)
    certain = YesOrNoFilter(field_name="is_certain")
    dismissed = YesOrNoFilter(method="filter_dismissed")

    class Meta:
        model = DuplicateGroup
        fields = ["library", "way", "certain", "dismissed"]

    @property
    def qs(self) -> DuplicateGroupQuerySet:
        """Open ones, unless those that are dismissed are asked for."""
        found: DuplicateGroupQuerySet = super().qs
        return found if self.form.cleaned_data.get("dismissed") else found.open()

    @extend_schema_field(OpenApiTypes.INT)
    def filter_library(
        self, groups: DuplicateGroupQuerySet, name: str, library: Library
    ) -> DuplicateGroupQuerySet:
        members = members_there().filter(group=OuterRef("pk"), comic__library=library)
        return groups.filter(Exists(members))

    def filter_dismissed(
        self, groups: DuplicateGroupQuerySet, name: str, value: bool
    ) -> DuplicateGroupQuerySet:
        return groups.dismissed() if value else groups


def groups_shown() -> DuplicateGroupQuerySet:
    """In the order of the page, with all that a page shows of them."""
    comics = Comic.objects.select_related("library", "compared").defer("compared__hashes")
    members = Prefetch("members__comic", comics)
    return DuplicateGroup.objects.order_by("-is_certain", "sort_key", "pk").prefetch_related(
        members
    )


class KeeperSerializer(serializers.Serializer[Any]):
    comic = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)


class ResolveSerializer(serializers.Serializer[Any]):
    groups = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        required=False,
        max_length=MAX_IDS,
    )
    certain = serializers.BooleanField(default=False)
    """All that are certain, where no groups are given."""
    dry_run = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("groups" in attrs) == attrs["certain"]:
            raise serializers.ValidationError("Give either “groups” or “certain”: true.")
        return attrs

    def chosen(self) -> DuplicateGroupQuerySet:
        given = self.validated_data
        groups: DuplicateGroupQuerySet = DuplicateGroup.objects.all()
        if given["certain"]:
            return groups.filter(is_certain=True)
        return groups.filter(pk__in=given["groups"])


class DuplicateViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[DuplicateGroup]
):
    """Groups of comics of which one is enough, the surest first."""

    serializer_class = DuplicateGroupSerializer
    queryset = groups_shown()
    filter_backends = [DjangoFilterBackend]
    lookup_value_converter = "int"

    @property
    def filterset_class(self) -> type[DuplicateFilter] | None:
        return DuplicateFilter if self.action == "list" else None

    @extend_schema(request=KeeperSerializer, responses=DuplicateGroupSerializer)
    @action(detail=True, methods=["post"])
    def keep(self, request: Request, pk: int) -> Response:
        """Makes another comic the keeper. Moves no file."""
        group = self.get_object()
        given = KeeperSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        duplicate_choices.keep(group, given.validated_data["comic"])
        return Response(self._shown(pk))

    @extend_schema(request=None, responses=DuplicateGroupSerializer)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: int) -> Response:
        """They are no duplicates: they stay apart in later searches."""
        duplicate_choices.dismiss(self.get_object())
        return Response(self._shown(pk))

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: int) -> Response:
        """Asks again about a group that was dismissed, at once or with the next search."""
        duplicate_choices.reopen(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=ResolveSerializer, responses={201: JobSerializer})
    @action(detail=False, methods=["post"])
    def resolve(self, request: Request) -> Response:
        """A job that moves all but the keepers to the trash; with `dry_run`, its preview."""
        given = ResolveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        dry_run = given.validated_data["dry_run"]
        job = duplicate_choices.resolve(given.chosen(), dry_run=dry_run, user=user_of(request))
        return Response(JobSerializer(job).data, status=status.HTTP_201_CREATED)

    def _shown(self, pk: int) -> dict[str, Any]:
        return DuplicateGroupSerializer(groups_shown().get(pk=pk)).data
