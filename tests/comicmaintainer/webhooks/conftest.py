from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from comicmaintainer.webhooks.models import Happening, Webhook
from tests.comicmaintainer.webhooks.receiver import Receiver, receiving


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """Whom webhooks may go to."""
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def webhook(db: None, receiver: Receiver) -> Webhook:
    return Webhook.objects.create(name="Mine", url=receiver.url, events=Happening.values)
