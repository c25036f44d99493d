"""The API of comics, whose tags are written by jobs."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.utils.http import parse_etags
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from comicmaintainer.rest import Pages
from jobs.api import user_of
from jobs.lifecycle import NotAllowed
from jobs.serializers import JobSerializer
from library.api import ComicSerializer, ComicViewSet
from library.paging import ComicPaginator
from library.tag_editing import TagsSerializer, edit_tags, why_not

ETAG = OpenApiParameter(
    "ETag", OpenApiTypes.STR, OpenApiParameter.HEADER, description="Of this state.", response=True
)


def etag_of(data: Mapping[str, Any]) -> str:
    """Changes with whatever is shown of the comic."""
    return f'"{hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:32]}"'


def names(header: str, etag: str) -> bool:
    """Whether one of the ETags in If-Match or If-None-Match is this one."""
    bare = [each.removeprefix("W/") for each in parse_etags(header)]
    return "*" in bare or etag in bare


class PreconditionFailed(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = gettext_lazy("The comic has changed. Fetch it anew.")


class ComicPages(Pages):
    django_paginator_class = ComicPaginator


class EditableComicViewSet(ComicViewSet):
    pagination_class = ComicPages

    @extend_schema(
        parameters=[
            OpenApiParameter("If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER),
            ETAG,
        ],
        responses={200: ComicSerializer, 304: OpenApiResponse(description="It is as you have it.")},
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        data = ComicSerializer(self.get_object()).data
        etag = etag_of(data)
        if names(request.headers.get("If-None-Match", ""), etag):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag})
        return Response(data, headers={"ETag": etag})

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "If-Match",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="The ETag of the comic as you know it: 412 if it is another now.",
            ),
            ETAG,
        ],
        request=TagsSerializer,
        responses={
            200: ComicSerializer,
            202: JobSerializer,
            412: OpenApiResponse(description="The comic has changed."),
        },
    )
    def partial_update(self, request: Request, pk: int) -> Response:
        """Writes tags into the file: the comic, or the job where that takes longer than 10 s.

        409 with the reason where they could not be written; the file is then as it was.
        """
        comic = self.get_object()
        expected = request.headers.get("If-Match")
        if expected is not None and not names(expected, etag_of(ComicSerializer(comic).data)):
            raise PreconditionFailed
        given = TagsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        job = edit_tags(comic, given.validated_data["tags"], user=user_of(request))
        if not job.is_finished:
            return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)
        if problem := why_not(job):
            raise NotAllowed(problem)
        comic.refresh_from_db()
        data = ComicSerializer(comic).data
        return Response(data, headers={"ETag": etag_of(data)})
