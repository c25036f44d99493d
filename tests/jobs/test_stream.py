"""The event stream of a real server, read as another process would read it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.listening import Listener, Received, ended
from tests.serving import Site, make_data_folder, serving
from tests.waiting import until


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = make_data_folder(tmp_path_factory.mktemp("stream") / "data", WORKERS="2")
    with serving(data) as site:
        yield site


def count(site: Site, **options: int) -> str:
    return str(site.submit("count", options=options)["job_id"])


def never_back(updates: list[dict[str, Any]]) -> bool:
    processed = [update["progress"]["processed"] for update in updates]
    revisions = [update["revision"] for update in updates]
    return processed == sorted(processed) and revisions == sorted(set(revisions))


def assert_complete_flow(updates: list[dict[str, Any]]) -> None:
    statuses = [update["status"] for update in updates]
    assert statuses == ["queued", "processing"] + ["processing"] * 100 + ["completed"]
    assert updates[0]["progress"]["processed"] == updates[1]["progress"]["processed"] == 0
    items = [update for update in updates if "item" in update]
    assert [update["item"]["n"] for update in items] == list(range(1, 101))
    assert [update["progress"]["processed"] for update in items] == list(range(1, 101))
    assert sorted(update["item"]["position"] for update in items) == list(range(1, 101))
    assert never_back(updates)
    assert updates[-1]["progress"] == {
        "processed": 100,
        "total": 100,
        "success": 98,
        "errors": 2,
        "percentage": 100.0,
    }


def test_a_subscriber_gets_every_item_of_a_job(site: Site) -> None:
    listener = Listener(site, stop_when=ended).wait_open()
    job = count(site, count=100, broken=2)
    assert_complete_flow(listener.wait().updates(job))


def test_three_subscribers_get_the_same(site: Site) -> None:
    listeners = [Listener(site, stop_when=ended).wait_open() for _ in range(3)]
    job = count(site, count=100, broken=2)
    for listener in listeners:
        assert_complete_flow(listener.wait().updates(job))


def test_the_payload_is_the_contract(site: Site) -> None:
    listener = Listener(site, stop_when=ended).wait_open()
    job = count(site, count=1)
    listener.wait()
    event = next(e for e in listener.events if e.type == "job_updated" and "item" in e.data["data"])
    data = event.data["data"]
    assert event.data["type"] == "job_updated"
    assert event.id == f"jobs:{data['revision']}"
    assert data["job_id"] == job
    assert data["operation"] == "count"
    assert data["item"].pop("duration_ms") >= 0
    assert data["item"] == {
        "n": 1,
        "position": 1,
        "path": "folder/item 1",
        "outcome": "changed",
        "message": "counted 1",
        "changes": [],
    }


def test_one_that_joins_in_the_middle_gets_the_state_at_once_and_the_rest(site: Site) -> None:
    job = count(site, count=100, pause_ms=20)
    until(lambda: site.job(job)["progress"]["processed"] > 20, "the middle")
    updates = Listener(site, stop_when=ended).wait().updates(job)
    assert updates[0]["progress"]["processed"] > 20
    assert "item" not in updates[0]
    assert never_back(updates)
    missed = updates[0]["progress"]["processed"]
    numbers = [update["item"]["n"] for update in updates if "item" in update]
    assert numbers == list(range(missed + 1, 101))
    assert updates[-1]["status"] == "completed"


@pytest.mark.parametrize("way", ["header", "query"])
def test_one_that_reconnects_gets_what_it_missed(site: Site, way: str) -> None:
    def thirty(event: Received) -> bool:
        return (
            event.type == "job_updated"
            and event.data["data"]["job_id"] == job
            and event.data["data"]["progress"]["processed"] == 30
        )

    job = count(site, count=100, pause_ms=10)
    last = Listener(site, stop_when=thirty).wait().events[-1]
    until(lambda: site.job(job)["progress"]["processed"] > 50, "missed items")
    if way == "header":
        again = Listener(site, headers={"Last-Event-ID": last.id}, stop_when=ended)
    else:
        again = Listener(site, query=f"?lastEventId={last.id}", stop_when=ended)
    updates = again.wait().updates(job)
    assert updates[0]["progress"]["processed"] > 50
    assert never_back(updates)
    assert updates[-1]["status"] == "completed"


def test_one_that_slept_through_the_end_is_told_of_it(site: Site) -> None:
    listener = Listener(site, stop_when=lambda event: event.type == "job_updated").wait_open()
    job = count(site, count=5)
    position = listener.wait().events[-1].id
    until(lambda: site.job(job)["status"] == "completed", "the end")
    (update,) = (
        Listener(site, query=f"?lastEventId={position}", stop_when=ended).wait().updates(job)
    )
    assert update["status"] == "completed"


def test_the_stream_of_one_job_tells_of_no_other(site: Site) -> None:
    done = count(site, count=1)
    until(lambda: site.job(done)["status"] == "completed", "the end")
    listener = Listener(site, query=f"?job={done}").wait_open()
    live = Listener(site, stop_when=ended).wait_open()
    count(site, count=3)
    live.wait()
    told = [e for e in listener.events if e.type == "job_updated"]
    assert [event.data["data"]["job_id"] for event in told] == [done]
    assert told[0].data["data"]["status"] == "completed"


def test_after_a_burst_every_subscriber_is_on_the_terminal_state_within_two_seconds(
    site: Site,
) -> None:
    arrivals: list[datetime] = []

    def stop(event: Received) -> bool:
        if ended(event):
            arrivals.append(datetime.now(UTC))
            return True
        return False

    early = [Listener(site, stop_when=stop).wait_open() for _ in range(3)]
    job = count(site, count=2000)
    until(lambda: site.job(job)["progress"]["processed"] > 500, "the middle of the burst")
    joined = Listener(site, stop_when=stop)
    for listener in [*early, joined]:
        updates = listener.wait().updates(job)
        assert updates[-1]["status"] == "completed"
        assert never_back(updates)
    finished = datetime.fromisoformat(site.job(job)["finished_at"])
    assert len(arrivals) == 4
    assert (max(arrivals) - finished).total_seconds() < 2
