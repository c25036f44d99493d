"""Who somebody is: by session with the role at hand, or by `Authorization: Token <key>`."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from channels.db import database_sync_to_async
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, User
from django.db import DatabaseError
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from comicmaintainer import throttling
from comicmaintainer.models import ApiToken

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class Backend(ModelBackend):
    def get_user(self, user_id: Any) -> User | None:
        """With the account, whose role and theme every page asks for."""
        user = User.objects.select_related("account").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None


def key_in(header: bytes) -> str | None:
    """The key of an Authorization header; None where it is of another kind."""
    scheme, _, key = header.strip().partition(b" ")
    return key.strip().decode("latin-1") if scheme.lower() == b"token" else None


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        key = key_in(get_authorization_header(request))
        if key is None:
            return None
        token = ApiToken.objects.with_key(key)
        if token is None:
            self._refuse(request.META.get("REMOTE_ADDR", ""))
        # A busy database is no reason to refuse the call.
        with suppress(DatabaseError):
            ApiToken.objects.note_use(token)
        return token.user, token

    def _refuse(self, address: str) -> NoReturn:
        """A valid token always counts, or a forgotten script would lock out its neighbours."""
        if throttling.must_wait("token", address):
            raise Throttled(throttling.WAIT_SECONDS, _("Too many wrong API tokens."))
        throttling.note_failure("token", address)
        raise AuthenticationFailed(_("This API token is not valid."))

    def authenticate_header(self, request: Request) -> str:
        # Makes the answer to strangers a 401; without it, it is a 403.
        return "Token"


@dataclass(frozen=True)
class Stands:
    """Whether a token still does; equal for the same token."""

    key: str

    def __call__(self) -> bool:
        return ApiToken.objects.with_key(self.key) is not None


def token_user(application: Application) -> Application:
    """Put the holder of the token, where one is sent, into the ASGI scope as its user."""

    async def authenticated(scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        key = key_in(headers.get(b"authorization", b""))
        if key is not None:
            token = await database_sync_to_async(ApiToken.objects.with_key)(key)
            user = token.user if token else AnonymousUser()
            # The session, if one came along, is not what this stream hangs on.
            scope = {**scope, "user": user, "session": None, "token_stands": Stands(key)}
        await application(scope, receive, send)

    return authenticated
