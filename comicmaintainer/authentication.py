"""Token sign-in: `Authorization: Token <key>`, for the API and for the event stream."""

from collections.abc import Awaitable, Callable
from typing import Any

from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from comicmaintainer.models import ApiToken

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


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
            raise AuthenticationFailed("This API token is not valid.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        # Makes the answer to strangers a 401; without it, it is a 403.
        return "Token"


def stands(key: str) -> Callable[[], bool]:
    return lambda: ApiToken.objects.with_key(key) is not None


def token_user(application: Application) -> Application:
    """Put the holder of the token, where one is sent, into the ASGI scope as its user."""

    async def authenticated(scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        key = key_in(headers.get(b"authorization", b""))
        if key is not None:
            token = await database_sync_to_async(ApiToken.objects.with_key)(key)
            user = token.user if token else AnonymousUser()
            # The session, if one came along, is not what this stream hangs on.
            scope = {**scope, "user": user, "session": None, "token_stands": stands(key)}
        await application(scope, receive, send)

    return authenticated
