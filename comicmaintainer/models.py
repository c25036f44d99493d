"""Accounts with their roles, and API tokens; the models of webhooks have a file of their own."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from comicmaintainer.webhooks.models import Delivery as Delivery
from comicmaintainer.webhooks.models import Webhook as Webhook

USED_STEP = timedelta(minutes=5)
"""A token's last use is written no more often."""


class Role(models.TextChoices):
    VIEWER = "viewer", _("Viewer: sees everything, changes nothing")
    EDITOR = "editor", _("Editor: runs jobs and edits comics")
    ADMIN = "admin", _("Administrator: also settings and people")


class Theme(models.TextChoices):
    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class Account(models.Model):
    """What Django's user does not hold. One who has none is a viewer."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="account"
    )
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    """Superusers are administrators whatever stands here (comicmaintainer.roles)."""
    theme = models.CharField(max_length=10, choices=Theme.choices, blank=True)
    """Empty until it is chosen."""

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"


def digest(key: str) -> str:
    """A token is long and random, so one fast hash keeps it; a slow one would slow each call."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def issue(
        self, user: User, name: str, *, scope: str = "write", expires_at: datetime | None = None
    ) -> str:
        """Make a token; its key is returned this once and not kept."""
        key = secrets.token_urlsafe(32)
        self.create(user=user, name=name, digest=digest(key), scope=scope, expires_at=expires_at)
        return key

    def valid(self) -> "ApiTokenQuerySet":
        """Those of active users that have not expired."""
        unexpired = Q(expires_at=None) | Q(expires_at__gt=now())
        return self.filter(unexpired, user__is_active=True)

    def with_key(self, key: str) -> "ApiToken | None":
        """The valid token, with its user and account."""
        tokens = self.valid().select_related("user__account")
        return tokens.filter(digest=digest(key)).first()

    def note_use(self, token: "ApiToken") -> None:
        """Write down that it was used, unless that was done a short while ago."""
        used = now()
        if token.last_used_at is None or token.last_used_at < used - USED_STEP:
            self.filter(pk=token.pk).update(last_used_at=used)


class ApiToken(models.Model):
    """Stands for its user, with that user's role or less. Deleting it revokes it."""

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        WRITE = "write", _("Read and write")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.WRITE)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name or f"token {self.pk}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= now()
