"""Addresses to be told of what happens, and each delivery with its attempts.

A delivery is pending (`next_at` says when it is tried next), delivered or given up.
"""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from comicmaintainer.webhooks.signing import make_secret, secret_key
from comicmaintainer.webhooks.targets import Refused, check_url

LEASE = timedelta(minutes=2)
"""How long whoever claimed a delivery may take over it; after that another worker tries it."""


class Happening(models.TextChoices):
    """The types of events; each names the shape of its `data` for ever."""

    JOB_COMPLETED = "job.completed", _("A job finished")
    JOB_FAILED = "job.failed", _("A job failed")
    JOB_CANCELLED = "job.cancelled", _("A job was cancelled")
    COMICS_ADDED = "comics.added", _("A scan found new comics")


TEST = "webhook.test"


def validate_url(url: str) -> None:
    try:
        check_url(url)
    except Refused as refused:
        raise ValidationError(str(refused)) from refused


def validate_secret(secret: str) -> None:
    try:
        secret_key(secret)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def validate_events(events: Any) -> None:
    is_list = isinstance(events, list) and all(isinstance(event, str) for event in events)
    if not is_list or not events or set(events) - set(Happening.values):
        raise ValidationError(_("Choose at least one event."))


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def tell(self, event: str, data: Mapping[str, Any]) -> int:
        """Have all that want it told, by a row each in the present transaction; how many."""
        wanting = [each for each in self.filter(is_active=True) if event in each.events]
        Delivery.objects.bulk_create(each.delivery(event, data) for each in wanting)
        return len(wanting)


class Webhook(models.Model):
    name = models.CharField(max_length=100, unique=True)
    url = models.CharField(
        _("address"),
        max_length=2000,
        validators=[validate_url],
        help_text=_("Begins with https:// or http://. What happens is sent there by POST."),
    )
    secret = models.CharField(
        max_length=200,
        default=make_secret,
        validators=[validate_secret],
        help_text=_("Signs what is sent. The receiver needs it to tell that it came from here."),
    )
    events = models.JSONField(default=list, validators=[validate_events])
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def delivery(self, event: str, data: Mapping[str, Any]) -> "Delivery":
        """One that is not stored yet."""
        told = {"type": event, "timestamp": now().isoformat(), "data": data}
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=str)
        return Delivery(webhook=self, event=event, body=body, next_at=now())


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, at: datetime) -> Self:
        """Those to be tried now, the one that waits longest first."""
        pending = self.filter(status=Delivery.Status.PENDING, next_at__lte=at)
        return pending.filter(webhook__is_active=True).order_by("next_at", "pk")


class Delivery(models.Model):
    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        GIVEN_UP = "given_up", _("Given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=50)
    body = models.TextField()
    """The very text that is signed and sent, at every attempt the same."""
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    next_at = models.DateTimeField(null=True)
    """When it is tried next, or free again if whoever tries it now dies; None once it ended."""
    tries = models.PositiveSmallIntegerField(default=0)
    attempts = models.JSONField(default=list)
    """What became of each: `at`, `status` (of HTTP; null without an answer), `ms`, `message`."""
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(status="pending", next_at__isnull=False)
                | ~Q(status="pending") & Q(next_at=None),
                name="delivery_pending_or_ended",
            )
        ]
        indexes = [
            # What is due.
            models.Index(fields=["next_at"], name="delivery_due", condition=Q(status="pending")),
            # The admin's list, newest first; and what is old enough to be forgotten.
            models.Index(fields=["-created_at"], name="delivery_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {str(self.pk)[:8]}"

    @property
    def message_id(self) -> str:
        """The same at every attempt, so that a receiver can tell a repetition."""
        return f"msg_{self.pk.hex}"

    def claim(self) -> bool:
        """Take it for one attempt; False where another worker was first."""
        mine = Delivery.objects.filter(pk=self.pk, status=self.status, next_at=self.next_at)
        if not mine.update(next_at=now() + LEASE, tries=F("tries") + 1):
            return False
        self.refresh_from_db()
        return True

    def redeliver(self) -> "Delivery":
        """The same once more, as a delivery of its own."""
        again = Delivery(webhook=self.webhook, event=self.event, body=self.body, next_at=now())
        again.save(force_insert=True)
        return again
