"""Who may do what: the one place that decides it, for pages and API alike.

It goes by method and path, so a new view is guarded before anybody thinks of it: whoever is
signed in may look, editors may change, and what is below the paths of administrators is theirs.
"""

import re
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from comicmaintainer.models import ApiToken, Role

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
RANKS = [Role.VIEWER, Role.EDITOR, Role.ADMIN]

# Everybody's own affairs: signing in and out, colours, the look of lists, password, tokens.
_OWN = re.compile(r"/(account|layout|login|logout|theme|welcome)/")
_OF_ADMINISTRATORS = re.compile(r"/settings/")
_ADMIN_SITE = re.compile(r"/admin/")
_OF_EDITORS = re.compile(r"/(operations|preview)/")
_CHANGED_BY_ADMINISTRATORS = re.compile(r"/api/libraries/(\d+/)?$")


def role_of(user: User | AnonymousUser) -> Role | None:
    """None for strangers."""
    if not (isinstance(user, User) and user.is_active):
        return None
    if user.is_superuser:
        return Role.ADMIN
    try:
        role = Role(user.account.role)
    except (ObjectDoesNotExist, ValueError):
        return Role.VIEWER
    # To be one takes more than a word in this row.
    return Role.VIEWER if role == Role.ADMIN else role


def needed(method: str, path: str) -> Role:
    """The least role for a request; `path` is without the base path."""
    if _OF_ADMINISTRATORS.match(path):
        return Role.ADMIN
    if _OF_EDITORS.match(path):
        return Role.EDITOR
    if method in SAFE_METHODS or _OWN.match(path):
        return Role.VIEWER
    return Role.ADMIN if _CHANGED_BY_ADMINISTRATORS.match(path) else Role.EDITOR


def may(user: User | AnonymousUser, method: str, path: str) -> bool:
    if _ADMIN_SITE.match(path):
        return user.is_staff  # The rest Django's own permissions decide there.
    return has(user, needed(method, path))


def has(user: User | AnonymousUser, least: Role) -> bool:
    role = role_of(user)
    return role is not None and RANKS.index(role) >= RANKS.index(least)


class RolePermission(BasePermission):
    """The same for the API, where a token's scope narrows it further."""

    def has_permission(self, request: Request, view: Any) -> bool:
        method = request.method or ""
        token = request.auth
        if isinstance(token, ApiToken) and token.scope == ApiToken.Scope.READ:
            self.message = _("This API token may only read.")
            if method not in SAFE_METHODS:
                return False
        self.message = _("Your account may not do that.")
        return may(request.user, method, request.path_info)
