"""Everything under /api/, except for the event stream, which is an ASGI route of its own."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path, re_path
from django.utils.translation import gettext as _
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import status
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from comicmaintainer import api_schema as api_schema  # drf-spectacular: how to sign in
from comicmaintainer.comics import EditableComicViewSet
from comicmaintainer.roles import RolePermission
from jobs import lifecycle
from jobs.api import JobItemsView, JobViewSet, OperationsView, user_of
from jobs.serializers import JobSerializer
from library.api import LibraryViewSet
from library.duplicate_api import DuplicateViewSet
from library.history import HistoryView, TrashView
from library.models import Library
from library.pictures import CoverView, PageView


class DocsView(SpectacularSwaggerSplitView):
    """The one page here; what goes wrong is told as JSON all the same."""

    permission_classes = [RolePermission]
    url_name = "api-schema"
    template_name = "api_docs.html"

    def handle_exception(self, exc: Exception) -> Response:
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return super().handle_exception(exc)


schema = SpectacularAPIView.as_view(
    permission_classes=[RolePermission], renderer_classes=[OpenApiJsonRenderer2]
)


@extend_schema(request=None, responses={201: JobSerializer}, operation_id="libraries_scan_create")
@api_view(["POST"])
def scan(request: Request, pk: int) -> Response:
    library = get_object_or_404(Library, pk=pk)
    job = lifecycle.submit("scan", {"library": library.pk}, user=user_of(request))
    return Response(JobSerializer(job).data, status=status.HTTP_201_CREATED)


@extend_schema(exclude=True)
@api_view(["GET", "POST", "PUT", "PATCH", "DELETE"])
def unknown(request: Request, /, **kwargs: Any) -> Response:
    raise NotFound(_("There is nothing at this address. Addresses of calls end in “/”."))


router = SimpleRouter(use_regex_path=False)
router.register("jobs", JobViewSet, basename="api-job")
router.register("libraries", LibraryViewSet, basename="api-library")
router.register("duplicates", DuplicateViewSet, basename="api-duplicate")
router.register("comics", EditableComicViewSet, basename="api-comic")

urlpatterns = [
    *router.urls,
    path("jobs/<uuid:job_id>/items/", JobItemsView.as_view(), name="api-job-items"),
    path("libraries/<int:pk>/scan/", scan, name="api-library-scan"),
    path("comics/<int:pk>/cover", CoverView.as_view(), name="api-comic-cover"),
    path("comics/<int:pk>/pages/<int:number>", PageView.as_view(), name="api-comic-page"),
    path("history/", HistoryView.as_view(), name="api-history"),
    path("trash/", TrashView.as_view(), name="api-trash"),
    path("operations/", OperationsView.as_view(), name="api-operations"),
    path("schema/", schema, name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
    re_path("", unknown),
]
