"""The API of covers and pages: images, typed by their content, that browsers may keep."""

import base64
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.errands import Busy
from library.archives.exceptions import NoPicture
from library.models import Comic
from library.showing import (
    COVER_WIDTHS,
    PAGE_WIDTHS,
    NoPictureNow,
    Picture,
    page,
    thumbnail,
)
from library.work.show import COVER

DEFAULT_COVER_WIDTH = 240
RETRY_SECONDS = 3
_FOR_EVER = "private, max-age=31536000, immutable"
_ASK_FIRST = "private, no-cache"
_NOT_AT_ALL = "private, no-store"
_ABSENT = "private, max-age=300"
_TRANSPARENT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_BLANK = OpenApiParameter(
    "blank", str, description="Any text: a transparent pixel in place of 404 and 503, for pages."
)
_VERSION = OpenApiParameter(
    "v",
    str,
    description="The comic's `version`: with the one that it has now the answer may be kept.",
)
_ANSWERS: dict[Any, Any] = {
    304: OpenApiResponse(description="It is the one that `If-None-Match` names."),
    412: OpenApiResponse(description="It is not the one that `If-Match` names."),
    503: OpenApiResponse(
        {"type": "object", "properties": {"detail": {"type": "string"}}},
        description="Too many wait for pictures; `Retry-After` says when to ask again.",
    ),
}


class AlwaysJSON(DefaultContentNegotiation):
    """What goes wrong is JSON, also for a client that asks for images alone."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return JSONRenderer(), str(JSONRenderer.media_type)


class PictureView(APIView):
    content_negotiation_class = AlwaysJSON

    def answer(self, request: Request, pk: int, number: int, width: int | None) -> HttpResponse:
        comic = get_object_or_404(Comic.objects.select_related("library"), pk=pk)
        etag = f'"{comic.version}-{number}-{width or "page"}"'
        keeping = _FOR_EVER if request.GET.get("v") == comic.version else _ASK_FIRST
        known = get_conditional_response(request._request, etag=etag)
        if known is not None:
            known.headers["ETag"], known.headers["Cache-Control"] = etag, keeping
            return known
        try:
            picture = thumbnail(comic, number, width) if width else page(comic, number)
        except (NoPicture, Busy) as error:
            return _blank(error) if request.GET.get("blank") else _told(error)
        return _shown(picture, {"ETag": etag, "Cache-Control": keeping})


def _told(error: NoPicture | Busy) -> HttpResponse:
    if isinstance(error, NoPicture):
        return Response({"detail": str(error)}, 404, headers=_keeping(error))
    text = _("Too many wait for pictures just now. Try again in a moment.")
    return Response({"detail": text}, 503, headers={"Retry-After": str(RETRY_SECONDS)})


def _blank(error: NoPicture | Busy) -> HttpResponse:
    return HttpResponse(_TRANSPARENT, content_type="image/gif", headers=_keeping(error))


def _keeping(error: NoPicture | Busy) -> dict[str, str]:
    may_pass = isinstance(error, NoPictureNow | Busy)
    return {"Cache-Control": _NOT_AT_ALL if may_pass else _ABSENT}


def _shown(picture: Picture, headers: dict[str, str]) -> HttpResponse:
    if not picture.is_current:
        headers = {"Cache-Control": _NOT_AT_ALL}
    return HttpResponse(picture.data, content_type=picture.media_type, headers=headers)


def _width(request: Request, name: str, widths: Sequence[int]) -> int | None:
    """Raises ValidationError."""
    if not (given := request.GET.get(name)):
        return None
    if given not in map(str, widths):
        text = _("There are only these: %s.") % ", ".join(map(str, widths))
        raise ValidationError({name: [text]})
    return int(given)


class CoverView(PictureView):
    @extend_schema(
        operation_id="comics_cover_retrieve",
        parameters=[
            OpenApiParameter("size", int, enum=COVER_WIDTHS, default=DEFAULT_COVER_WIDTH),
            _VERSION,
        ],
        responses={(200, "image/webp"): OpenApiTypes.BINARY, **_ANSWERS},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """The page that ComicInfo.xml calls the front cover, or the first; `size` pixels wide."""
        width = _width(request, "size", COVER_WIDTHS) or DEFAULT_COVER_WIDTH
        return self.answer(request, pk, COVER, width)


class PageView(PictureView):
    @extend_schema(
        operation_id="comics_pages_retrieve",
        parameters=[OpenApiParameter("width", int, enum=PAGE_WIDTHS), _VERSION, _BLANK],
        responses={(200, "image/*"): OpenApiTypes.BINARY, **_ANSWERS},
    )
    def get(self, request: Request, pk: int, number: int) -> HttpResponse:
        """A page, the first being 1: as it is in the file, or `width` pixels wide as WebP.

        What browsers cannot show by themselves is WebP in any case.
        """
        return self.answer(request, pk, number, _width(request, "width", PAGE_WIDTHS))
