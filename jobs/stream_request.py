"""What somebody asks of the event stream, and whether they may have it."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.http.request import split_domain_port, validate_host
from django.utils.timezone import now

Scope = dict[str, Any]


class Refused(Exception):
    """The request gets this answer instead of a stream."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True)
class Request:
    after: int | None
    """The client's position, None without one."""
    job_id: str
    """The only job asked for; "" for all."""
    lost: bool
    """The position given was none of ours."""


def parse(scope: Scope) -> Request:
    """Raises Refused."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    given = headers.get(b"last-event-id") or query.get("lastEventId", [""])[-1]
    channel, _, number = given.partition(":")
    valid = channel == "jobs" and number.isascii() and number.isdecimal() and len(number) < 19
    job_id = query.get("job", [""])[-1]
    try:
        job_id = job_id and str(UUID(job_id))
    except ValueError:
        raise Refused(400, "job must be a job's id.") from None
    return Request(int(number) if valid else None, job_id, lost=bool(given) and not valid)


def check_request(scope: Scope) -> None:
    """Raises Refused."""
    if scope["method"] != "GET":
        raise Refused(405, "Only GET is allowed here.")
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    if not validate_host(split_domain_port(hosts[0] if hosts else "")[0], settings.ALLOWED_HOSTS):
        raise Refused(400, "This host name is not allowed. See ALLOWED_HOSTS.")
    user = scope.get("user")
    if user is None or not user.is_authenticated or not user.is_active:
        raise Refused(401, "Sign in, or send an API token.")


def session_key(scope: Scope) -> str:
    return getattr(scope.get("session"), "session_key", None) or ""


def session_of(scope: Scope) -> Hashable:
    """What a stream hangs on; equal where the same ends both."""
    return scope["user"].pk, session_key(scope), scope.get("token_stands")


def may_go_on(scope: Scope) -> bool:
    """Whether the session, or the token, still stands and the user is still active."""
    if "token_stands" in scope and not scope["token_stands"]():
        return False
    key = session_key(scope)
    if key and not Session.objects.filter(pk=key, expire_date__gt=now()).exists():
        return False
    return get_user_model().objects.filter(pk=scope["user"].pk, is_active=True).exists()
