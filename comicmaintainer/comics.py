"""The API of comics, whose tags are written by jobs."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from comicmaintainer.rest import Pages
from jobs.api import user_of
from jobs.lifecycle import NotAllowed
from jobs.serializers import JobSerializer
from library.api import ComicSerializer, ComicViewSet
from library.paging import ComicPaginator
from library.tag_editing import TagsSerializer, edit_tags, why_not


class ComicPages(Pages):
    django_paginator_class = ComicPaginator


class EditableComicViewSet(ComicViewSet):
    pagination_class = ComicPages

    @extend_schema(request=TagsSerializer, responses={200: ComicSerializer, 202: JobSerializer})
    def partial_update(self, request: Request, pk: int) -> Response:
        """Writes tags into the file: the comic, or the job where that takes longer than 10 s.

        409 with the reason where they could not be written; the file is then as it was.
        """
        comic = self.get_object()
        given = TagsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        job = edit_tags(comic, given.validated_data["tags"], user=user_of(request))
        if not job.is_finished:
            return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)
        if problem := why_not(job):
            raise NotAllowed(problem)
        comic.refresh_from_db()
        return Response(ComicSerializer(comic).data)
