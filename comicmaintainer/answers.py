"""What every call of the API answers when something goes wrong."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.translation import gettext_lazy
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
