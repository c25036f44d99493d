"""API tokens; the models of webhooks have a file of their own."""

import hashlib
import secrets

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models

from comicmaintainer.webhooks.models import Delivery as Delivery
from comicmaintainer.webhooks.models import Webhook as Webhook


def digest(key: str) -> str:
    """A token is long and random, so one fast hash keeps it; a slow one would slow each call."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiTokenManager(models.Manager["ApiToken"]):
    def issue(self, user: User, name: str) -> str:
        """Make a token; its key is returned this once and not kept."""
        key = secrets.token_urlsafe(32)
        self.create(user=user, name=name, digest=digest(key))
        return key

    def with_key(self, key: str) -> "ApiToken | None":
        """The token of an active user, with that user."""
        tokens = self.select_related("user").filter(digest=digest(key), user__is_active=True)
        return tokens.first()


class ApiToken(models.Model):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ApiTokenManager()

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name or f"token {self.pk}"
