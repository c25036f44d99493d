"""What happens to accounts. There is always an administrator left who can sign in."""

from collections.abc import Iterator

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.timezone import now
from django.utils.translation import gettext as _

from comicmaintainer.models import Account, Role
from jobs.stream import stream


class LastAdministrator(Exception):
    """Refused: nobody would be left to manage the site. The message says so."""


def owner(request: HttpRequest) -> User:
    """Who is signed in; for views that LoginRequiredMiddleware keeps from others."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def add(username: str, role: str) -> User:
    """Without a password: its owner chooses one at `password_path`."""
    with transaction.atomic():
        user = User.objects.create_user(username)
        change_role(user, role)
    return user


def password_path(user: User) -> str:
    """Where the person chooses a password, once, without knowing the present one."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("choose-password", args=[uid, default_token_generator.make_token(user)])


def change_role(user: User, role: str) -> None:
    """Raises LastAdministrator."""
    is_admin = role == Role.ADMIN
    with transaction.atomic():
        if not is_admin:
            _keep_an_administrator(user)
        User.objects.filter(pk=user.pk).update(is_superuser=is_admin, is_staff=is_admin)
        Account.objects.update_or_create(user=user, defaults={"role": role})


def deactivate(user: User) -> None:
    """Sign out for good; the API tokens stop too. Raises LastAdministrator."""
    with transaction.atomic():
        _keep_an_administrator(user)
        User.objects.filter(pk=user.pk).update(is_active=False)
    sign_out_everywhere(user)


def activate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=True)


def sign_out_everywhere(user: User, *, except_session: str | None = None) -> None:
    """End the person's sessions, and the streams of their pages with them."""
    for session in _sessions_of(user):
        if session.pk != except_session:
            session.delete()
            stream.sign_out(session.pk)


def _sessions_of(user: User) -> Iterator[Session]:
    for session in Session.objects.filter(expire_date__gt=now()):
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            yield session


def _keep_an_administrator(user: User) -> None:
    administrators = User.objects.filter(is_superuser=True, is_active=True)
    # Locked, so that two administrators cannot demote each other at the same time.
    if set(administrators.select_for_update().values_list("pk", flat=True)) == {user.pk}:
        raise LastAdministrator(_("This is the last administrator. Make another one first."))
