"""Limits: wrong passwords and tokens of one address, and calls of the API of one caller.

django-axes counts the wrong passwords of one name. This is for addresses that try many names.
"""

import time
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from comicmaintainer.counting import count, counted
from comicmaintainer.models import ApiToken

FAILURES = 50
WAIT_SECONDS = 10 * 60


def _counter(kind: str, address: str) -> str:
    return f"wrong-{kind}:{address}"


def must_wait(kind: str, address: str) -> bool:
    return counted(_counter(kind, address)) >= FAILURES


def note_failure(kind: str, address: str) -> None:
    count(_counter(kind, address), seconds=WAIT_SECONDS)


class CallerThrottle(BaseThrottle):
    """Each token, and each person's pages, may make so many calls in a minute."""

    def allow_request(self, request: Request, view: Any) -> bool:
        most = settings.API_CALLS_PER_MINUTE
        minute = int(time.time() // 60)
        return not most or count(f"calls:{_caller(request)}:{minute}", seconds=120) <= most

    def wait(self) -> float:
        return 60 - time.time() % 60


def _caller(request: Request) -> str:
    if isinstance(request.auth, ApiToken):
        return f"token:{request.auth.pk}"
    return f"user:{request.user.pk}"
