"""How every call of the API reads and pages.

rest_framework.views reads these classes from the settings while it is imported, so nothing here
may import it.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser

MAX_DEPTH = 20


class Pages(PageNumberPagination):
    page_size_query_param = "page_size"
    max_page_size = 200


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
