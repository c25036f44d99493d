"""The API of libraries and their comics."""

from datetime import time
from typing import Any

import django_filters
from django.db.models import Count
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from jobs.ordering import Ordering
from jobs.serializers import Flag, Text, Whole
from library import registering
from library.filters import ComicFilter
from library.models import MOST_VERIFY_DAYS, Comic, Library, Watch, of_each_library
from library.naming import DEFAULT_TEMPLATE
from library.stored_names import first_names
from library.watching.state import Status, watched

MAX_TEMPLATE = 300


@extend_schema_field({"type": "string", "pattern": r"^\d\d:\d\d$"})
class Clock(serializers.TimeField):
    """Without seconds, which JSON Schema's `time` demands."""


class WatcherSerializer(serializers.Serializer[Status]):
    """How the watching of a library goes."""

    running = serializers.BooleanField(source="is_running")
    text = serializers.CharField()
    """In a few words: what is wrong and what to do, where something is."""
    method = serializers.ChoiceField(Watch.Method.choices, source="watch.method")
    remark = serializers.CharField(source="watch.remark")
    """Why by polling."""
    since = serializers.DateTimeField(source="watch.since", allow_null=True)
    did = serializers.CharField(source="watch.did")
    """The last thing it did."""
    did_at = serializers.DateTimeField(source="watch.did_at", allow_null=True)
    job_id = serializers.UUIDField(source="watch.job", allow_null=True)


class LibrarySerializer(serializers.ModelSerializer[Library]):
    comic_count = serializers.IntegerField(read_only=True)
    """Those whose files are there."""
    verify_time = Clock(format="%H:%M", read_only=True)
    watcher = serializers.SerializerMethodField()

    class Meta:
        model = Library
        fields = [
            "id",
            "name",
            "path",
            *Library.RULES,
            "watch",
            "watcher",
            "scan_times",
            "verify_days",
            "verify_time",
            "comic_count",
            "created_at",
            "scanned_at",
        ]
        read_only_fields = fields

    @extend_schema_field(WatcherSerializer)
    def get_watcher(self, library: Library) -> Any:
        return WatcherSerializer(Status(library)).data


class RulesSerializer(serializers.Serializer[Any]):
    """What can be changed of a library; `library.registering` checks the rest."""

    name = Text(max_length=100, required=False)
    template = Text(max_length=300, default=DEFAULT_TEMPLATE)
    strict = Flag(default=False)
    fill_from_names = Flag(default=True)
    fill_titles = Flag(default=True)
    use_folders = Flag(default=True)
    rename_files = Flag(default=True)
    watch = serializers.ChoiceField(Library.Watching.choices, default=Library.Watching.OFF)
    scan_times = Text(max_length=100, default="", allow_blank=True)
    """Times of the day, such as "03:30, 15:00", or "every 6 hours"; empty: never by itself."""
    verify_days = Whole(min_value=0, max_value=MOST_VERIFY_DAYS, default=0)
    """Within so many days all comics are verified, a share each night; 0: none by themselves."""
    verify_time = serializers.TimeField(
        format="%H:%M", input_formats=["%H:%M", "%H:%M:%S"], default=time(3)
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            text = _("This cannot be set.")
            raise serializers.ValidationError({key: [text] for key in unknown})
        return attrs


class NewLibrarySerializer(RulesSerializer):
    path = serializers.CharField(max_length=4096)


class TemplateErrorSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()
    position = serializers.IntegerField()
    """In the template, counted from 0."""


class NamedSerializer(serializers.Serializer[Any]):
    comic_id = serializers.IntegerField(source="comic.pk")
    path = serializers.CharField(source="comic.path")
    new_path = serializers.CharField(source="path", allow_blank=True)
    """Empty where it would be skipped."""
    problem = serializers.CharField(allow_blank=True)
    """Why it would be skipped."""


class FirstNamesSerializer(serializers.Serializer[Any]):
    error = TemplateErrorSerializer(allow_null=True)
    comics = NamedSerializer(many=True, source="names")


class LibraryListFilter(django_filters.FilterSet):  # type: ignore[misc]
    ordering = Ordering(fields=["name", "created_at", "scanned_at"])

    class Meta:
        model = Library
        fields: list[str] = []


class LibraryViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet[Library],
):
    serializer_class = LibrarySerializer
    queryset = (
        watched(Library.objects.all())
        .annotate(comic_count=of_each_library(Count("*")))
        .order_by("name")
    )
    filter_backends = [DjangoFilterBackend]
    filterset_class = LibraryListFilter
    lookup_value_converter = "int"

    @extend_schema(request=NewLibrarySerializer, responses={201: LibrarySerializer})
    def create(self, request: Request) -> Response:
        """Registers a folder. Scan it next."""
        new = NewLibrarySerializer(data=request.data)
        new.is_valid(raise_exception=True)
        library = registering.register(**new.validated_data)
        return Response(self._shown(library), status=status.HTTP_201_CREATED)

    @extend_schema(request=RulesSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:
        library = self.get_object()
        rules = RulesSerializer(data=request.data, partial=True)
        rules.is_valid(raise_exception=True)
        registering.change(library, **rules.validated_data)
        return Response(self._shown(library))

    @extend_schema(
        parameters=[OpenApiParameter("template", str, description="Without it the library's own.")],
        responses=FirstNamesSerializer,
    )
    @action(detail=True, url_path="template")
    def template(self, request: Request, pk: int) -> Response:
        """Where a template would bring the library's first comics, from their stored tags alone;
        or what is wrong with it, and where."""
        text = request.query_params.get("template")
        if text is not None and len(text) > MAX_TEMPLATE:
            raise serializers.ValidationError(
                {"template": [_("At most %d characters are allowed.") % MAX_TEMPLATE]}
            )
        shown = first_names(self.get_object(), {"template": text})
        return Response(FirstNamesSerializer(shown).data)

    def perform_destroy(self, instance: Library) -> None:
        registering.remove(instance)

    def _shown(self, library: Library) -> dict[str, Any]:
        return LibrarySerializer(self.get_queryset().get(pk=library.pk)).data


class ComicSerializer(serializers.ModelSerializer[Comic]):
    tags = serializers.DictField(child=serializers.CharField(), read_only=True)
    """Under ComicInfo's element names."""
    version = serializers.CharField(read_only=True)
    """Changes with the file: `?v=` of its cover and pages."""

    class Meta:
        model = Comic
        fields = [
            "id",
            "library",
            "path",
            "name",
            "folder",
            "format",
            "size_bytes",
            "page_count",
            "version",
            "state",
            "state_reason",
            "verdict",
            "verdict_reason",
            "present",
            "missing_since",
            "series",
            "issue",
            "tags",
            "added_at",
            "updated_at",
        ]
        read_only_fields = fields


class ComicViewSet(ReadOnlyModelViewSet[Comic]):
    serializer_class = ComicSerializer
    queryset = Comic.objects.all()
    filter_backends = [DjangoFilterBackend]
    filterset_class = ComicFilter
    lookup_value_converter = "int"
