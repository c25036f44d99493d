"""What goes through the link of a server's two processes, and what the hub makes of it."""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import transaction

from jobs import engine, events, hub, relay
from jobs.link import AT_ONCE, RECORD_BYTES, Link
from jobs.models import Job, Revision
from jobs.relay import Message, Span
from jobs.stream import EventStream
from tests.jobs.test_stream_application import announce_job, is_update, opened, scope
from tests.listening import Received
from tests.waiting import until


def message(text: str, revision: int = 0, job_id: str = "") -> str:
    return json.dumps(Message("worker", events.JOBS, "job_updated", text, revision, job_id))


def taken(link: Link) -> tuple[list[Message], list[Span]]:
    messages: list[Message] = []
    spans: list[Span] = []
    link.read(messages.append, spans.append)
    return messages, spans


def test_messages_come_in_order_however_they_are_put_together() -> None:
    link = Link()
    texts = [str(n) for n in range(100)]
    link.publish([message(text) for text in texts])
    large = ["x" * (RECORD_BYTES - 1000), "y" * RECORD_BYTES, "é\n"]
    link.publish([message(text) for text in large])
    assert [each.text for each in taken(link)[0]] == texts + large
    assert taken(link) == ([], [])


def test_a_promise_is_there_as_soon_as_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "promises", [])
    monkeypatch.setattr(relay, "publishers", [])
    link = Link()
    link.serve_worker()
    relay.promise(Span(3, 5))
    assert taken(link) == ([], [Span(3, 5)])
    assert [Span(3, 5).has(n) for n in (2, 3, 5, 6)] == [False, True, True, False]


def test_a_message_that_is_too_large_is_left_out_alone() -> None:
    link = Link()
    link.publish([message(text) for text in ("before", "x" * 300_000, "after")])
    assert [each.text for each in taken(link)[0]] == ["before", "after"]


def test_a_stall_leaves_more_to_be_read() -> None:
    link = Link()
    for number in range(AT_ONCE + 1):
        link._promise(Span(number, number))
    nothing: list[Message] = []
    spans: list[Span] = []
    assert link.read(nothing.append, spans.append)
    assert not link.read(nothing.append, spans.append)
    assert len(spans) == AT_ONCE + 1


def test_what_nobody_reads_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.link.SEND_SECONDS", 0.05)
    link = Link()
    with pytest.raises(OSError):
        for _ in range(100):
            link.publish([message("x" * RECORD_BYTES)])
    link._promise(Span(1, 1))


def test_the_consumers_of_a_queue_are_told_of_its_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[str] = []
    monkeypatch.setattr(engine, "wake", woken.append)
    link = Link()
    threading.Thread(target=link._wake_consumers, daemon=True).start()
    link.wake("fast")
    link.wake("jobs")
    until(lambda: woken == ["fast", "jobs"], "both names")


class Elsewhere:
    """The worker's process: it changes a job and sends nothing by itself."""

    def __init__(self, link: Link, job: Job) -> None:
        self.link, self.job = link, job
        self.payloads: list[Any] = []

    def work(self, items: int, *, promises: bool) -> None:
        with transaction.atomic():
            first = Revision.take(items)
            for revision in range(first, first + items):
                self.job.count("changed")
                self.job.revision = revision
                self.payloads.append(events.job_payload(self.job))
            if promises:
                self.link._promise(Span(first, first + items - 1))
            self.job.save()

    def send(self) -> None:
        self.link.publish(
            [
                message(json.dumps(events.job_updated(p)), p["revision"], p["job_id"])
                for p in self.payloads
            ]
        )


def processed(received: list[Received]) -> list[int]:
    return [e.data["data"]["progress"]["processed"] for e in received if is_update(e)]


def at(count: int) -> Callable[[Received], bool]:
    return lambda event: is_update(event) and processed([event]) == [count]


@pytest.mark.django_db(transaction=True)
async def test_what_is_promised_is_waited_for_and_comes_item_by_item(admin: User) -> None:
    job = await sync_to_async(announce_job)()
    application, elsewhere = EventStream(), Elsewhere(Link(), job)
    application.begin(elsewhere.link)
    async with opened(application, scope(admin)) as opening:
        await opening.until(is_update)
        await sync_to_async(elsewhere.work)(3, promises=True)
        await asyncio.sleep(3 * hub.IDLE_POLL_SECONDS)  # it could read the newest state meanwhile
        elsewhere.send()
        assert processed(await opening.until(at(3))) == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
async def test_a_promise_that_is_not_kept_is_not_waited_for_long(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker was killed between its commit and its sending."""
    monkeypatch.setattr(hub, "RELAY_SECONDS", 0.5)
    job = await sync_to_async(announce_job)()
    application, elsewhere = EventStream(), Elsewhere(Link(), job)
    application.begin(elsewhere.link)
    async with opened(application, scope(admin)) as opening:
        await opening.until(is_update)
        elsewhere.link._promise(Span(1, 1000))  # these, and more that it did not come to
        await sync_to_async(elsewhere.work)(3, promises=True)
        assert processed(await opening.until(at(3))) == [3]
        monkeypatch.setattr(hub, "RELAY_SECONDS", 3600)
        await sync_to_async(elsewhere.work)(1, promises=False)
        assert processed(await opening.until(at(4))) == [4]


@pytest.mark.django_db(transaction=True)
async def test_what_nobody_promised_is_read_from_the_log_at_once(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command has changed a job beside the worker."""
    monkeypatch.setattr(hub, "RELAY_SECONDS", 3600)
    job = await sync_to_async(announce_job)()
    application, elsewhere = EventStream(), Elsewhere(Link(), job)
    application.begin(elsewhere.link)
    async with opened(application, scope(admin)) as opening:
        await opening.until(is_update)
        await sync_to_async(elsewhere.work)(3, promises=False)
        assert processed(await opening.until(at(3))) == [3]
        await sync_to_async(elsewhere.work)(1, promises=True)
        elsewhere.send()
        assert processed(await opening.until(at(4))) == [4]
