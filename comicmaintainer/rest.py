"""What every call of the API has in common: how it reads, pages and answers what goes wrong."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
from rest_framework.response import Response
from rest_framework.views import exception_handler

from jobs.lifecycle import NotAllowed
from jobs.models import Job

MAX_DEPTH = 20


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The request is too large. To select many comics use “filter”.")


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


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to what a view raised; None where that is a defect of ours."""
    response = exception_handler(_translated(error), context)
    if response is not None:
        response.data = _plain(response.data)
    return response


def _translated(error: Exception) -> Exception:
    if isinstance(error, NotAllowed):
        return Conflict(str(error))
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, Job.DoesNotExist):
        return Http404()  # Deleted since the view looked it up.
    if isinstance(error, DjangoValidationError):
        fields = hasattr(error, "error_dict")
        return ValidationError(error.message_dict if fields else error.messages)
    return error


def _plain(data: Any) -> dict[str, Any]:
    """`detail`, or field names with lists of messages."""
    if isinstance(data, list):
        return {"detail": " ".join(map(str, data))}
    for general in ("non_field_errors", "__all__"):
        if general in data:
            return {"detail": " ".join(map(str, data[general]))}
    return dict(data)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "comicmaintainer.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <key>`; `manage.py createtoken` makes a key.",
        }


_ERRORS = {
    "400": "What is wrong, in `detail` or by field.",
    "401": "Not signed in.",
    "403": "Not allowed.",
    "404": "There is no such thing.",
    "409": "Its state does not allow this.",
    "413": "The request is too large.",
    "415": "The request is no JSON.",
}


def document_errors(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add to each call of the schema what it may answer instead; for drf-spectacular."""
    content = {"application/json": {"schema": {"type": "object", "additionalProperties": True}}}
    for path in result["paths"].values():
        for method, call in path.items():
            for status_code, description in _ERRORS.items():
                if method in ("get", "delete") and status_code in ("413", "415"):
                    continue
                answer = {"description": description, "content": content}
                call["responses"].setdefault(status_code, answer)
    return result
