import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from comicmaintainer.webhooks.models import TEST, Delivery, Happening, Webhook
from comicmaintainer.webhooks.sending import send_due
from tests.comicmaintainer.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db


def told(*words: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    call_command("webhooks", *words, "--json")
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_webhook_is_added_and_its_secret_is_told_once(
    receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    (added,) = told("add", "Mine", receiver.url, "--event", "job.failed", capsys=capsys)
    webhook = Webhook.objects.get()
    assert (webhook.events, webhook.secret) == ([Happening.JOB_FAILED], added["secret"])
    (listed,) = told("list", capsys=capsys)
    assert listed["name"] == "Mine" and "secret" not in listed


def test_it_is_tried_switched_and_removed(
    webhook: Webhook, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    (delivery,) = told("test", "Mine", capsys=capsys)
    assert (delivery["event"], delivery["status"]) == (TEST, "pending")
    send_due()
    (delivered,) = told("deliveries", "--status", "delivered", capsys=capsys)
    assert delivered["id"] == delivery["id"]
    assert delivered["attempts"][0]["status"] == 200
    (again,) = told("redeliver", delivery["id"], capsys=capsys)
    assert again["id"] != delivery["id"]
    send_due()
    assert len(receiver.got) == 2
    assert told("off", "Mine", capsys=capsys)[0]["is_active"] is False
    assert told("on", "Mine", capsys=capsys)[0]["is_active"] is True
    assert told("remove", "Mine", capsys=capsys)[0]["removed"] is True
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    "words",
    [
        ["add", "Mine", "http://10.0.0.1/"],
        ["add", "Mine", "mailto:me"],
        ["test", "Yours"],
        ["redeliver", "nonsense"],
        ["redeliver", "6f1c7a52-0d0e-4f0e-9d5e-0c6b1f2a3b4c"],
    ],
)
def test_what_cannot_be_done_is_said(words: list[str]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("webhooks", *words)
    assert refused.value.returncode == 2
    assert not Webhook.objects.exists()
