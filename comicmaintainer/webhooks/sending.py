"""Deliveries that are due are tried, by any worker; one that fails is tried again, ever later."""

import logging
import random
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.timezone import now

from comicmaintainer.webhooks.models import Delivery, Webhook
from comicmaintainer.webhooks.posting import Answer, post
from comicmaintainer.webhooks.signing import signature
from comicmaintainer.webhooks.targets import Refused, Unknown, addresses_of, check_url
from jobs.operations import Check, go_on

logger = logging.getLogger(__name__)

DELAYS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
)
"""Before the second attempt, the third and so on; after the last one it is given up."""
JITTER = 0.2
"""So that many which failed together do not come back together."""
MOST_AT_ONCE = 100
GONE = 410


def send_due(check: Check = go_on) -> int:
    """Try what is due, once each; how many attempts that were.

    A target that fails gets no other delivery in the same round: its time-outs would hold up all
    the others.
    """
    failing: set[int] = set()
    attempts = 0
    for delivery in Delivery.objects.due(now()).select_related("webhook")[:MOST_AT_ONCE]:
        check()
        if delivery.webhook_id not in failing and delivery.claim():
            attempts += 1
            if not send(delivery):
                failing.add(delivery.webhook_id)
    return attempts


def send(delivery: Delivery) -> bool:
    """Make one attempt of a claimed delivery and write down what became of it; whether it went."""
    at = now()
    try:
        answer = _post(delivery)
        is_hopeless = False
    except Refused as refused:
        answer, is_hopeless = Answer(None, str(refused), 0), True
    except Unknown as unknown:
        answer, is_hopeless = Answer(None, str(unknown), 0), False
    if answer.status == GONE:
        Webhook.objects.filter(pk=delivery.webhook_id).update(is_active=False)
        is_hopeless = True
    _record(delivery, at, answer, is_hopeless=is_hopeless)
    return answer.is_success


def _post(delivery: Delivery) -> Answer:
    """Raises Refused, or Unknown."""
    target = check_url(delivery.webhook.url)
    body, timestamp = delivery.body.encode(), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "ComicMaintainer",
        "webhook-id": delivery.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(
            delivery.webhook.secret, delivery.message_id, timestamp, body
        ),
    }
    return post(target, addresses_of(target), body, headers)


def _record(delivery: Delivery, at: datetime, answer: Answer, *, is_hopeless: bool) -> None:
    attempt = {
        "at": at.isoformat(),
        "status": answer.status,
        "ms": answer.duration_ms,
        "message": "" if answer.is_success else answer.message.replace("\0", ""),
    }
    next_at = None if is_hopeless else _next_at(delivery.tries, answer)
    if answer.is_success:
        status, next_at = Delivery.Status.DELIVERED, None
    else:
        status = Delivery.Status.PENDING if next_at else Delivery.Status.GIVEN_UP
    # Whoever took longer than the lease lost it to another worker, which writes in its turn.
    mine = Delivery.objects.filter(pk=delivery.pk, tries=delivery.tries)
    mine.update(status=status, next_at=next_at, attempts=[*delivery.attempts, attempt])
    facts = (delivery.pk, delivery.event, delivery.tries, status, answer.status)
    logger.info("webhook delivery=%s event=%s tries=%d status=%s http=%s", *facts)


def _next_at(tries: int, answer: Answer) -> datetime | None:
    """None where it is given up."""
    if tries > len(DELAYS):
        return None
    delay = DELAYS[tries - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # no secret # nosec B311
    if answer.retry_after.isdecimal():
        delay = max(delay, min(timedelta(seconds=int(answer.retry_after[:6])), DELAYS[-1]))
    return now() + delay


def forget_old(check: Check = go_on, *, at: datetime | None = None) -> int:
    """Delete deliveries that ended and are as old as jobs may get; how many."""
    if not settings.JOB_RETENTION_DAYS:
        return 0
    cutoff = (at or now()) - timedelta(days=settings.JOB_RETENTION_DAYS)
    has_ended = ~Q(status=Delivery.Status.PENDING) | Q(webhook__is_active=False)
    old = Delivery.objects.filter(has_ended, created_at__lt=cutoff)
    deleted, _each = old.delete()
    return deleted
