"""The stream as an ASGI application, called directly: refusals, positions, silence, overflow."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore

from jobs import events, hub, stream, stream_client
from jobs.models import Job, Revision
from jobs.stream import EventStream
from tests.listening import Received, parse

pytestmark = pytest.mark.django_db(transaction=True)

Scope = dict[str, Any]


def scope(user: Any, *, query: str = "", **changed: Any) -> Scope:
    headers = [(b"host", b"localhost")]
    return {
        "type": "http",
        "method": "GET",
        "path": "/api/events/stream",
        "query_string": query.encode(),
        "headers": headers,
        "user": user,
        "session": None,
        **changed,
    }


class Stream:
    """An open stream, read event by event."""

    def __init__(self, communicator: ApplicationCommunicator) -> None:
        self._communicator = communicator
        self._rest = b""
        """Of an event that came in part: long chunks are sent in pieces."""
        self.ended = False

    async def until(self, wanted: Callable[[Received], bool]) -> list[Received]:
        """All events up to the wanted one, or to the stream's end."""
        received: list[Received] = []
        while not self.ended:
            message = await self._communicator.receive_output(timeout=30)
            self.ended = not message.get("more_body", False)
            whole, end, self._rest = (self._rest + message["body"]).rpartition(b"\n\n")
            found = list(parse(iter((whole + end).decode().split("\n"))))
            received += found
            if any(wanted(event) for event in found):
                break
        return received


@asynccontextmanager
async def opened(application: EventStream, scope: Scope) -> AsyncIterator[Stream]:
    communicator = ApplicationCommunicator(application, scope)
    await communicator.send_input({"type": "http.request"})
    start = await communicator.receive_output(timeout=10)
    assert start["status"] == 200
    try:
        yield Stream(communicator)
    finally:
        await communicator.send_input({"type": "http.disconnect"})
        await communicator.wait(timeout=10)


async def refusal(scope: Scope) -> tuple[int, str]:
    communicator = ApplicationCommunicator(EventStream(), scope)
    await communicator.send_input({"type": "http.request"})
    start = await communicator.receive_output(timeout=10)
    body = await communicator.receive_output(timeout=10)
    return start["status"], json.loads(body["body"])["detail"]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence and sessions are looked at several times a second."""
    monkeypatch.setattr(stream_client, "PAUSE_SECONDS", 0.2)
    monkeypatch.setattr(stream, "SESSION_SECONDS", 0.2)
    monkeypatch.setattr(hub, "PULSE_SECONDS", 0.1)


def is_update(event: Received) -> bool:
    return event.type == "job_updated"


def announce_job(**fields: Any) -> Job:
    job = Job.objects.create(operation="count", total=5000, **fields)
    with events.publishing() as outbox:
        outbox.add(job)
    return job


async def test_strangers_wrong_hosts_and_wrong_methods_are_refused(admin: User) -> None:
    evil = [(b"host", b"evil.example")]
    assert (await refusal(scope(AnonymousUser())))[0] == 401
    assert (await refusal(scope(admin, headers=evil)))[0] == 400
    assert (await refusal(scope(admin, headers=[])))[0] == 400
    assert (await refusal(scope(admin, method="POST")))[0] == 405
    assert (await refusal(scope(admin, query="job=17")))[0] == 400


async def test_one_user_may_not_open_any_number_of_streams(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MAX_STREAMS_PER_USER", 1)
    application = EventStream()
    async with opened(application, scope(admin)):
        communicator = ApplicationCommunicator(application, scope(admin))
        assert (await communicator.receive_output(timeout=10))["status"] == 429
    async with opened(application, scope(admin)):
        pass


@pytest.mark.parametrize(
    "position", ["error", "jobs:abc", "jobs:-1", "jobs:", "other:5", "jobs:99999999999999999999"]
)
async def test_a_position_that_is_none_means_start_anew(admin: User, position: str) -> None:
    job = await sync_to_async(announce_job)()
    async with opened(EventStream(), scope(admin, query=f"lastEventId={position}")) as opening:
        received = await opening.until(is_update)
    assert [event.type for event in received] == ["stream-open", "stream-reset", "job_updated"]
    assert received[-1].data["data"]["job_id"] == str(job.pk)


async def test_a_position_of_the_future_means_start_anew(admin: User) -> None:
    await sync_to_async(announce_job)()
    future = await sync_to_async(Revision.current)() + 1
    async with opened(EventStream(), scope(admin, query=f"lastEventId=jobs:{future}")) as opening:
        received = await opening.until(is_update)
    assert received[1].type == "stream-reset"


async def test_the_newest_position_gets_nothing_old(admin: User) -> None:
    await sync_to_async(announce_job)()
    newest = await sync_to_async(Revision.current)()
    async with opened(EventStream(), scope(admin, query=f"lastEventId=jobs:{newest}")) as opening:
        second = await sync_to_async(announce_job)()
        received = await opening.until(is_update)
    assert [event.type for event in received] == ["stream-open", "job_updated"]
    assert received[-1].data["data"]["job_id"] == str(second.pk)


async def test_silence_is_broken_by_keep_alives(admin: User, hurried: None) -> None:
    async with opened(EventStream(), scope(admin)) as opening:
        await opening.until(lambda event: event.type == "keep-alive")


async def test_the_stream_ends_with_its_session(admin: User, hurried: None) -> None:
    session = SessionStore()
    await sync_to_async(session.create)()
    async with opened(EventStream(), scope(admin, session=session)) as opening:
        await opening.until(lambda event: event.type == "keep-alive")
        await sync_to_async(session.delete)()
        received = await opening.until(lambda event: event.type == "stream-error")
        assert received[-1].data["condition"] == "forbidden"
        await opening.until(lambda event: False)
        assert opening.ended


async def test_signing_out_ends_the_streams_of_that_session_at_once(admin: User) -> None:
    session = SessionStore()
    await sync_to_async(session.create)()
    application = EventStream()
    async with (
        opened(application, scope(admin, session=session)) as mine,
        opened(application, scope(admin)) as other,
    ):
        for opening in (mine, other):
            await opening.until(lambda event: event.type == "stream-open")
        await sync_to_async(application.sign_out)(session.session_key or "")
        received = await mine.until(lambda event: False)
        assert received[-1].type == "stream-error"
        assert mine.ended
        await sync_to_async(announce_job)()
        assert (await other.until(is_update))[-1].type == "job_updated"


async def test_a_busy_stream_ends_with_its_token_too(admin: User, hurried: None) -> None:
    token = {"stands": True}
    async with opened(EventStream(), scope(admin, token_stands=lambda: token["stands"])) as opening:
        await opening.until(lambda event: event.type == "stream-open")
        token["stands"] = False
        seen: list[str] = []
        while not opening.ended:
            await sync_to_async(announce_job)()
            seen += [event.type for event in await opening.until(lambda event: True)]
    assert seen[-1] == "stream-error"


async def test_the_stream_of_one_job_is_kept_alive_while_others_are_busy(
    admin: User, hurried: None
) -> None:
    quiet = await sync_to_async(announce_job)()
    async with opened(EventStream(), scope(admin, query=f"job={quiet.pk}")) as opening:
        await opening.until(is_update)
        received = asyncio.ensure_future(opening.until(lambda event: True))
        while not received.done():
            await sync_to_async(announce_job)()
            await asyncio.wait([received], timeout=0.05)
    assert [event.type for event in received.result()] == ["keep-alive"]


async def test_nothing_is_dropped_however_much_comes_at_once(admin: User) -> None:
    """django-eventstream's own listeners hold ten events and lose the rest without a word."""
    job = await sync_to_async(announce_job)()

    def update(count: int) -> None:
        with events.publishing() as outbox:
            for _ in range(count):
                job.count("changed")
                outbox.add(job)

    got: list[int] = []
    async with opened(EventStream(), scope(admin)) as opening:
        await opening.until(is_update)
        for wanted in range(500, 5001, 500):
            await sync_to_async(update)(500)
            while not got or got[-1] < wanted:
                received = await opening.until(is_update)
                got += [e.data["data"]["progress"]["processed"] for e in received if is_update(e)]
    assert got == list(range(1, 5001))


async def test_notices_reach_every_stream_without_a_position(admin: User) -> None:
    application = EventStream()
    async with opened(application, scope(admin)) as opening:
        await opening.until(lambda event: event.type == "stream-open")
        await sync_to_async(events.announce)("comic_updated", {"comic_id": 1})
        (notice,) = await opening.until(lambda event: event.type == "comic_updated")
    assert notice.id == ""
    assert notice.data == {"type": "comic_updated", "data": {"comic_id": 1}}


async def test_what_another_process_did_is_read_from_the_log(admin: User) -> None:
    def elsewhere() -> Job:
        job = Job.objects.create(operation="count", total=3, changed=2, status="processing")
        Job.objects.filter(pk=job.pk).update(revision=Revision.take(2) + 1)
        return job

    async with opened(EventStream(), scope(admin)) as opening:
        await opening.until(lambda event: event.type == "stream-open")
        job = await sync_to_async(elsewhere)()
        received = await opening.until(is_update)
        assert received[-1].data["data"]["job_id"] == str(job.pk)
        assert received[-1].data["data"]["progress"]["processed"] == 2
        own = await sync_to_async(announce_job)()
        received = await opening.until(is_update)
        assert received[-1].data["data"]["job_id"] == str(own.pk)
