"""What happens becomes deliveries, in the transaction in which it happens."""

import json
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.webhooks.models import Delivery, Happening, Webhook
from jobs import lifecycle, listeners
from jobs.events import Outbox
from jobs.models import Job
from library.models import Library
from tests.comicmaintainer.webhooks.receiver import Receiver
from tests.library.comics import make_comic
from tests.waiting import until


def told(event: str) -> list[dict[str, Any]]:
    bodies = Delivery.objects.filter(event=event).values_list("body", flat=True)
    return [json.loads(body)["data"] for body in bodies]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("worker")
def test_a_scan_tells_of_its_end_and_of_new_comics(
    webhook: Webhook, receiver: Receiver, tmp_path: Path
) -> None:
    make_comic(tmp_path / "A" / "one.cbz")
    make_comic(tmp_path / "A" / "two.cbz")
    library = Library.objects.create(name="Mine", path=str(tmp_path))
    job = lifecycle.submit("scan", {"library": library.pk})
    until(lambda: len(receiver.got) == 2, "two deliveries")
    bodies = {(body := json.loads(request.body))["type"]: body["data"] for request in receiver.got}
    assert bodies["job.completed"]["job_id"] == str(job.pk)
    assert bodies["job.completed"]["status"] == "completed"
    assert bodies["job.completed"]["progress"]["processed"] == 2
    assert bodies["job.completed"]["finished_at"]
    added = bodies["comics.added"]
    assert (added["library"], added["count"]) == ("Mine", 2)
    assert [comic["path"] for comic in added["comics"]] == ["A/one.cbz", "A/two.cbz"]
    again = lifecycle.submit("scan", {"library": library.pk})
    until(lambda: Job.objects.get(pk=again.pk).is_finished, "the second scan")
    assert len(told("comics.added")) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("worker")
def test_what_a_scan_found_is_told_with_its_end_or_not_at_all(
    webhook: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As where the server is killed just after the commit.
    monkeypatch.setattr(Outbox, "send", lambda outbox: None)
    make_comic(tmp_path / "one.cbz")
    library = Library.objects.create(name="Mine", path=str(tmp_path))
    job = lifecycle.submit("scan", {"library": library.pk})
    until(lambda: Job.objects.get(pk=job.pk).is_finished, "the scan")
    assert [data["count"] for data in told("comics.added")] == [1]
    library.refresh_from_db()
    assert library.scanned_at


@pytest.mark.django_db(transaction=True)
def test_a_job_that_is_cancelled_is_told_once(webhook: Webhook) -> None:
    job = lifecycle.submit("count", {})
    assert not Delivery.objects.exists()
    lifecycle.cancel(job)
    assert [data["job_id"] for data in told("job.cancelled")] == [str(job.pk)]
    assert Delivery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_only_who_wants_it_is_told(webhook: Webhook) -> None:
    Webhook.objects.update(events=[Happening.COMICS_ADDED])
    Webhook.objects.create(name="Off", url="http://x/", events=Happening.values, is_active=False)
    lifecycle.cancel(lifecycle.submit("count", {}))
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_fails_changes_nothing_of_what_happened(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(event: str, data: object) -> None:
        Webhook.objects.create(name=None)

    monkeypatch.setattr(listeners, "_listeners", [broken])
    job = lifecycle.cancel(lifecycle.submit("count", {}))
    assert job.status == Job.Status.CANCELLED
    assert "listener failed" in caplog.text
