from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from comicmaintainer.webhooks.models import TEST, Delivery, Webhook
from comicmaintainer.webhooks.sending import send_due
from comicmaintainer.webhooks.signing import make_secret
from tests.comicmaintainer.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db

WEBHOOKS = "/admin/comicmaintainer/webhook/"
DELIVERIES = "/admin/comicmaintainer/delivery/"


def given(**values: Any) -> dict[str, Any]:
    return {
        "name": "Mine",
        "url": "https://203.0.114.9/hook",
        "events": ["job.failed"],
        "is_active": "on",
        "secret": make_secret(),
        **values,
    }


def test_a_webhook_is_added_and_its_secret_is_made(admin: User, client: Client) -> None:
    client.force_login(admin)
    page = client.get(f"{WEBHOOKS}add/").content.decode()
    assert 'value="whsec_' in page
    assert client.post(f"{WEBHOOKS}add/", given()).status_code == 302
    webhook = Webhook.objects.get()
    assert (webhook.url, webhook.events) == ("https://203.0.114.9/hook", ["job.failed"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://example.org/"},
        {"url": "http://169.254.169.254/latest/meta-data"},
        {"url": "http://localhost/"},
        {"events": []},
        {"events": ["job.exploded"]},
        {"secret": "short"},
    ],
)
def test_a_wrong_one_is_refused_with_the_field(
    admin: User, client: Client, wrong: dict[str, Any]
) -> None:
    client.force_login(admin)
    answer = client.post(f"{WEBHOOKS}add/", given(**wrong))
    assert answer.status_code == 200
    assert set(answer.context["adminform"].errors) == set(wrong)
    assert not Webhook.objects.exists()


def test_a_test_is_sent_and_its_delivery_is_shown(
    admin: User, client: Client, webhook: Webhook, receiver: Receiver
) -> None:
    receiver.status, receiver.body = 503, b"<b>later</b>"
    client.force_login(admin)
    client.post(WEBHOOKS, {"action": "test", "_selected_action": [webhook.pk]})
    delivery = Delivery.objects.get()
    assert delivery.event == TEST
    send_due()
    assert "HTTP 503" in client.get(DELIVERIES).content.decode()
    page = client.get(f"{DELIVERIES}{delivery.pk}/change/").content.decode()
    assert "&lt;b&gt;later" in page
    assert "webhook.test" in page
    assert client.get(f"{DELIVERIES}add/").status_code == 403
    assert client.post(f"{DELIVERIES}{delivery.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_delivery_is_made_again_as_a_new_one(
    admin: User, client: Client, webhook: Webhook, receiver: Receiver
) -> None:
    webhook.delivery(TEST, {}).save(force_insert=True)
    first = Delivery.objects.get()
    send_due()
    client.force_login(admin)
    client.post(DELIVERIES, {"action": "redeliver", "_selected_action": [first.pk]})
    send_due()
    assert Delivery.objects.filter(status="delivered").count() == 2
    assert len({request.headers["webhook-id"] for request in receiver.got}) == 2
    assert len({request.body for request in receiver.got}) == 1
