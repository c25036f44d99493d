"""How every call of the API reads and pages.

rest_framework.views reads these classes from the settings while it is imported, so nothing here
may import it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView

MAX_DEPTH = 20


class Pages(PageNumberPagination):
    """Unlike its parent it refuses a size that is no number."""

    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int | None:
        given = request.query_params.get("page_size")
        if given is None:
            return self.page_size
        if not (given.isascii() and given.isdecimal() and given.strip("0")):
            raise ValidationError({"page_size": [_("This must be a whole number from 1.")]})
        return min(int(given.lstrip("0")[:9]), self.max_page_size)

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "default": 50}
        page = {"type": "integer", "minimum": 1, "default": 1}
        return [
            {"name": "page", "in": "query", "schema": page, "description": "404 after the last."},
            {
                "name": "page_size",
                "in": "query",
                "schema": size,
                "description": f"More than {self.max_page_size} are never on a page.",
            },
        ]


class PlainJSONParser(JSONParser):
    """Takes no deep nesting, and no text that a database cannot store."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError(_("This is nested too deeply.")) from None
        _check(data, depth=0)
        return data


def _check(value: Any, *, depth: int) -> None:
    """Raises ParseError."""
    if depth > MAX_DEPTH:
        raise ParseError(_("This is nested too deeply."))
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_text(key)
            _check(inner, depth=depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth=depth + 1)


def _check_text(text: str) -> None:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ParseError(_("Text may hold neither the character NUL nor half of a character."))
