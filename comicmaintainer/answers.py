"""What every call of the API answers when something goes wrong, and that the schema says so."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from jobs.lifecycle import NotAllowed
from jobs.models import Job


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The request is too large. To select many comics use “filter”.")


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
