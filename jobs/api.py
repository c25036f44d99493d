"""The API of jobs. What they refuse becomes an answer in the project's exception handler."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import F
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from jobs import idempotency, lifecycle, operations, sequels
from jobs.keyset import ItemPages
from jobs.models import Job, JobItem, JobItemQuerySet
from jobs.operations import Outcome
from jobs.ordering import Ordering
from jobs.serializers import (
    ApplySerializer,
    ItemSerializer,
    JobSerializer,
    NewJobSerializer,
    OneJobSerializer,
    OperationSerializer,
    UndoSerializer,
)

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="1 to 200 visible ASCII characters, chosen anew for each new job.",
)


def operation_choices() -> list[tuple[str, str]]:
    return [(operation.name, str(operation.label)) for operation in operations.registered()]


class JobFilter(django_filters.FilterSet):  # type: ignore[misc]
    status = django_filters.ChoiceFilter(choices=Job.Status)
    operation = django_filters.ChoiceFilter(choices=operation_choices)
    ordering = Ordering(
        fields=["created_at", "started_at", "finished_at", "total", "errors"],
        terms={"errors": [F("conflict") + F("failed")]},
    )

    class Meta:
        model = Job
        fields = ["status", "operation"]


class ItemFilter(django_filters.FilterSet):  # type: ignore[misc]
    outcome = django_filters.ChoiceFilter(choices=Outcome)

    class Meta:
        model = JobItem
        fields = ["outcome"]


class JobViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet[Job],
):
    serializer_class = JobSerializer
    queryset = Job.objects.announced().select_related("created_by").order_by("-created_at", "pk")
    filter_backends = [DjangoFilterBackend]
    filterset_class = JobFilter
    lookup_value_converter = "uuid"
    lookup_url_kwarg = "job_id"

    @extend_schema(
        request=NewJobSerializer,
        parameters=[IDEMPOTENCY_KEY],
        responses={200: JobSerializer, 201: JobSerializer},
    )
    def create(self, request: Request) -> Response:
        """With an `Idempotency-Key`, a repeated request finds the job that the first one made."""
        new = NewJobSerializer(data=request.data)
        new.is_valid(raise_exception=True)

        def submit() -> Job:
            return lifecycle.submit(**new.validated_data, user=user_of(request))

        key = request.headers.get("Idempotency-Key")
        if key is None:
            return _created(submit())
        job, is_new = idempotency.once(key, request.data, submit, user=user_of(request))
        return _created(job) if is_new else Response(JobSerializer(job).data)

    def get_serializer_class(self) -> type[JobSerializer]:
        return OneJobSerializer if self.action == "retrieve" else JobSerializer

    def perform_destroy(self, instance: Job) -> None:
        lifecycle.remove(instance)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, job_id: UUID) -> Response:
        return Response(JobSerializer(lifecycle.cancel(self.get_object())).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, job_id: UUID) -> Response:
        return Response(JobSerializer(lifecycle.pause(self.get_object())).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, job_id: UUID) -> Response:
        return Response(JobSerializer(lifecycle.resume(self.get_object())).data)

    @extend_schema(request=None, responses={201: JobSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, job_id: UUID) -> Response:
        return _created(sequels.retry(self.get_object(), user=user_of(request)))

    @extend_schema(request=UndoSerializer, responses={201: JobSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, job_id: UUID) -> Response:
        how = UndoSerializer(data=request.data)
        how.is_valid(raise_exception=True)
        return _created(
            sequels.undo(self.get_object(), user=user_of(request), **how.validated_data)
        )

    @extend_schema(request=ApplySerializer, responses={201: JobSerializer})
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, job_id: UUID) -> Response:
        """Do just what a preview has shown, except for the items at these positions."""
        what = ApplySerializer(data=request.data)
        what.is_valid(raise_exception=True)
        without = what.validated_data.get("except", ())
        return _created(sequels.apply(self.get_object(), without=without, user=user_of(request)))


class JobItemsView(generics.ListAPIView[JobItem]):
    """The results so far, in the order of completion."""

    serializer_class = ItemSerializer
    queryset = JobItem.objects.done()
    pagination_class = ItemPages
    filter_backends = [DjangoFilterBackend]
    filterset_class = ItemFilter

    @cached_property
    def job(self) -> Job:
        return get_object_or_404(Job.objects.announced(), pk=self.kwargs["job_id"])

    def get_queryset(self) -> JobItemQuerySet:
        return self.job.items.done()

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "job": self.job}


class OperationsView(APIView):
    @extend_schema(responses=OperationSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(OperationSerializer(operations.registered(), many=True).data)


def _created(job: Job) -> Response:
    return Response(JobSerializer(job).data, status=status.HTTP_201_CREATED)


def user_of(request: Request) -> lifecycle.Somebody:
    return request.user if request.user.is_authenticated else None
