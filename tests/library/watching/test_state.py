"""What pages, events and /health say of the watching."""

from time import monotonic
from typing import Any

import pytest
from django.test import Client

from comicmaintainer import health
from jobs.models import Duty, WorkerNode
from library.models import Library, Watch
from library.registering import change
from library.watching import state
from library.watching.state import Status, overall, watched

pytestmark = pytest.mark.django_db


@pytest.fixture
def library() -> Library:
    return Library.objects.create(name="Books", path="/srv/books")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    monkeypatch.setattr(state, "announce", lambda kind, data: events.append({kind: data}))
    return events


def text(library: Library) -> str:
    return Status(watched(Library.objects.all()).get(pk=library.pk)).text


def begin(library: Library, node: str = "here") -> None:
    Library.objects.update(scanned_at="2026-01-01T00:00Z")
    WorkerNode.objects.get_or_create(pk=node, host="here", pid=1)
    Duty.objects.create(name=state.duty(library.pk), owner=node)
    state.tell(library, method="events")


def test_from_off_to_watched_and_back_it_says_how_it_stands(library: Library) -> None:
    said = [(text(library), overall())]
    Library.objects.update(watch="list")
    said.append((text(library), overall()))
    Library.objects.update(scanned_at="2026-01-01T00:00Z")
    said.append((text(library), overall()))
    begin(library)
    said.append((text(library), overall()))
    state.tell(library, method="", problem="The folder is empty.")
    said.append((text(library), overall()))
    assert said == [
        ("Not watched.", "off"),
        ("Is watched once it has been scanned.", "running"),
        ("Nobody watches it: no worker runs.", "problem"),
        ("Watched: what changes is noticed at once.", "running"),
        ("The folder is empty.", "problem"),
    ]


def test_a_watcher_whose_node_is_gone_does_not_run(library: Library) -> None:
    Library.objects.update(watch="list")
    begin(library)
    WorkerNode.objects.all().delete()
    assert text(library) == "Nobody watches it: no worker runs."


def test_every_change_is_told_once(library: Library, told: list[dict[str, Any]]) -> None:
    Library.objects.update(watch="list")
    begin(library)
    state.tell(library, method="events")
    state.tell(library, method="", problem="Away.")
    expected = [(True, "Watched: what changes is noticed at once."), (False, "Away.")]
    assert told == [
        {
            "watcher_status": {
                "library_id": library.pk,
                "running": running,
                "enabled": True,
                "text": text,
            }
        }
        for running, text in expected
    ]
    assert Watch.objects.get().since is None


@pytest.mark.django_db(transaction=True)
def test_switching_it_on_or_off_is_told(library: Library, told: list[dict[str, Any]]) -> None:
    change(library, watch="list")
    change(library, watch="off")
    assert [event["watcher_status"]["enabled"] for event in told] == [True, False]


def test_health_knows_whether_it_is_well(client: Client, library: Library) -> None:
    assert client.get("/health").json()["watcher"] == "off"
    Library.objects.update(watch="list")
    begin(library, node="another")
    assert client.get("/health").json()["watcher"] == "running"
    WorkerNode.objects.all().delete()
    assert client.get("/health").json()["watcher"] == "problem"


def test_a_library_that_somebody_has_just_begun_to_watch_is_no_problem(library: Library) -> None:
    Library.objects.update(watch="list")
    begin(library)
    Watch.objects.update(method="")
    assert (text(library), overall()) == ("Begins to watch.", "starting")
    Watch.objects.update(problem="The folder is empty.")
    assert overall() == "problem"


def test_nor_is_one_whose_worker_is_just_starting(
    client: Client, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    Library.objects.update(watch="list", scanned_at="2026-01-01T00:00Z")
    monkeypatch.setattr(health, "has_own_worker", True)
    monkeypatch.setattr(health, "begun", monotonic())
    assert client.get("/health").json()["watcher"] == "starting"
    WorkerNode.objects.create(pk="here", host="here", pid=1)
    assert client.get("/health").json()["watcher"] == "starting"
    monkeypatch.setattr(health, "begun", monotonic() - health.STALLED_SECONDS)
    assert client.get("/health").json()["watcher"] == "problem"
