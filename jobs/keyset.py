"""Pages of a job's results by the number of the last one seen, which no new result can shift."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from jobs.models import JobItem, JobItemQuerySet

if TYPE_CHECKING:
    from jobs.api import JobItemsView

PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
LARGEST_N = 2**31 - 1


class Position(serializers.Serializer[Any]):
    after = serializers.IntegerField(min_value=0, max_value=LARGEST_N, default=0)
    page_size = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, default=PAGE_SIZE)


class ItemPages(BasePagination):
    """Items whose `n` is above `after`, in the order of `n`; for a view with a `job`."""

    def paginate_queryset(  # type: ignore[override]
        self, queryset: JobItemQuerySet, request: Request, view: "JobItemsView"
    ) -> list[JobItem]:
        position = Position(data=request.query_params)
        position.is_valid(raise_exception=True)
        self._request, self._size = request, position.validated_data["page_size"]
        self._after = position.validated_data["after"]
        found = list(queryset.filter(n__gt=self._after).order_by("n")[: self._size + 1])
        page, self._has_next = found[: self._size], len(found) > self._size
        self._last = page[-1].n if page else None
        self._before = self._start_of_previous(queryset)
        # The job has counted; nobody need count its rows.
        outcome = request.query_params.get("outcome")
        self._count = view.job.outcomes[outcome] if outcome else view.job.processed
        return page

    def _start_of_previous(self, items: JobItemQuerySet) -> int | None:
        """The `after` of the page before this one; None on the first."""
        if not self._after:
            return None
        earlier = items.filter(n__lte=self._after).order_by("-n").values_list("n", flat=True)
        numbers = [n or 0 for n in earlier[: self._size]]
        return numbers[-1] - 1 if numbers else None

    def get_paginated_response(self, data: Sequence[Any]) -> Response:
        return Response(
            {
                "count": self._count,
                "next": self._link(self._last) if self._has_next else None,
                "previous": self._link(self._before),
                "results": data,
            }
        )

    def _link(self, after: int | None) -> str | None:
        if after is None:
            return None
        return replace_query_param(self._request.build_absolute_uri(), "after", after)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {
                "count": {"type": "integer"},
                "next": link,
                "previous": link,
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE}
        after = {"type": "integer", "minimum": 0, "maximum": LARGEST_N, "default": 0}
        return [
            {"name": "after", "in": "query", "schema": after, "description": "The last `n` seen."},
            {"name": "page_size", "in": "query", "schema": size},
        ]
