import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now

from comicmaintainer.webhooks.models import TEST, Delivery, Webhook
from comicmaintainer.webhooks.sending import DELAYS, JITTER, forget_old, send_due
from comicmaintainer.webhooks.signing import signature
from tests.comicmaintainer.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db


def due(webhook: Webhook, event: str = TEST) -> Delivery:
    delivery = webhook.delivery(event, {"n": 1})
    delivery.save(force_insert=True)
    return delivery


def make_due(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(next_at=now())


def test_a_delivery_is_signed_and_arrives_once(webhook: Webhook, receiver: Receiver) -> None:
    delivery = due(webhook)
    assert send_due() == 1
    assert send_due() == 0
    (request,) = receiver.got
    told = json.loads(request.body)
    assert (told["type"], told["data"]) == (TEST, {"n": 1})
    headers = request.headers
    assert headers["webhook-id"] == delivery.message_id
    assert headers["content-type"] == "application/json"
    signed = signature(
        webhook.secret, headers["webhook-id"], int(headers["webhook-timestamp"]), request.body
    )
    assert headers["webhook-signature"] == signed
    delivery.refresh_from_db()
    assert (delivery.status, delivery.next_at, delivery.tries) == ("delivered", None, 1)
    (attempt,) = delivery.attempts
    assert (attempt["status"], attempt["message"]) == (200, "")


def test_one_that_fails_is_tried_again_ever_later_and_then_given_up(
    webhook: Webhook, receiver: Receiver
) -> None:
    receiver.status, receiver.body = 500, b"busy\0"
    delivery = due(webhook)
    for delay in DELAYS:
        before = now()
        assert send_due() == 1
        delivery.refresh_from_db()
        assert delivery.status == "pending" and delivery.next_at
        assert delivery.next_at >= before + delay * (1 - JITTER)
        assert delivery.next_at <= now() + delay * (1 + JITTER)
        assert send_due() == 0
        make_due(delivery)
    assert send_due() == 1
    delivery.refresh_from_db()
    assert (delivery.status, delivery.next_at) == ("given_up", None)
    assert delivery.tries == len(delivery.attempts) == len(receiver.got) == len(DELAYS) + 1
    assert delivery.attempts[0]["status"] == 500
    assert delivery.attempts[0]["message"] == "busy"
    ids = {request.headers["webhook-id"] for request in receiver.got}
    assert ids == {delivery.message_id}
    assert len({request.body for request in receiver.got}) == 1


def test_retry_after_is_heeded_within_a_day(webhook: Webhook, receiver: Receiver) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": "3600"}
    delivery = due(webhook)
    send_due()
    delivery.refresh_from_db()
    assert delivery.next_at and delivery.next_at > now() + timedelta(minutes=59)
    receiver.headers = {"Retry-After": "9" * 400}
    make_due(delivery)
    send_due()
    delivery.refresh_from_db()
    assert delivery.next_at and delivery.next_at <= now() + DELAYS[-1]


def test_gone_means_that_nobody_wants_it_any_more(webhook: Webhook, receiver: Receiver) -> None:
    receiver.status = 410
    delivery, later = due(webhook), due(webhook)
    send_due()
    webhook.refresh_from_db()
    assert not webhook.is_active
    delivery.refresh_from_db()
    assert delivery.status == "given_up"
    assert send_due() == 0
    later.refresh_from_db()
    assert later.tries == 0


def test_a_private_target_gets_nothing_and_is_not_tried_again(
    webhook: Webhook, receiver: Receiver, settings: Any
) -> None:
    settings.WEBHOOK_NETWORKS = []
    delivery = due(webhook)
    send_due()
    delivery.refresh_from_db()
    assert (delivery.status, receiver.got) == ("given_up", [])
    assert "WEBHOOK_NETWORKS" in delivery.attempts[0]["message"]


def test_a_target_that_fails_holds_up_no_other(webhook: Webhook, receiver: Receiver) -> None:
    down = Webhook.objects.create(name="Down", url="http://127.0.0.1:9/", events=[])
    for _ in range(3):
        due(down)
    mine = due(webhook)
    assert send_due() == 2
    mine.refresh_from_db()
    assert mine.status == "delivered"


def test_two_workers_do_not_both_send_it(webhook: Webhook) -> None:
    delivery = due(webhook)
    seen_by_other = Delivery.objects.get()
    assert delivery.claim()
    assert not seen_by_other.claim()


def test_what_a_dead_worker_had_claimed_is_tried_again(
    webhook: Webhook, receiver: Receiver
) -> None:
    delivery = due(webhook)
    assert delivery.claim()
    assert send_due() == 0
    make_due(delivery)
    assert send_due() == 1
    assert len(receiver.got) == 1


def test_old_deliveries_are_forgotten_and_those_under_way_are_not(
    webhook: Webhook, settings: Any
) -> None:
    ended, pending = due(webhook), due(webhook)
    Delivery.objects.filter(pk=ended.pk).update(status="delivered", next_at=None)
    later = now() + timedelta(days=settings.JOB_RETENTION_DAYS + 1)
    assert forget_old() == 0
    assert forget_old(at=later) == 1
    assert list(Delivery.objects.all()) == [pending]
    Webhook.objects.update(is_active=False)
    assert forget_old(at=later) == 1
    settings.JOB_RETENTION_DAYS = 0
    assert forget_old(at=later) == 0
