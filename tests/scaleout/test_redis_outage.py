"""Redis goes away in the middle and comes back: nobody has to restart anything."""

import os
import time

import pytest

from tests.listening import TERMINAL, Listener
from tests.scaleout.cluster import Cluster
from tests.services import needs_services
from tests.serving import Site
from tests.waiting import until

pytestmark = needs_services
FULL = bool(os.environ.get("FAULT_ROUNDS"))


def processed(site: Site, job: str) -> int:
    count: int = site.job(job)["progress"]["processed"]
    return count


def count(site: Site, *, items: int, pause_ms: int) -> str:
    options = {"count": items, "pause_ms": pause_ms}
    return str(site.submit("count", options=options)["job_id"])


def last(listener: Listener, job: str) -> tuple[str, int]:
    updates = listener.updates(job)
    return (updates[-1]["status"], updates[-1]["progress"]["processed"]) if updates else ("", 0)


@pytest.mark.parametrize("way", ["close", "stall"] if FULL else ["close"])
def test_jobs_and_pages_get_over_a_redis_that_goes_away(cluster: Cluster, way: str) -> None:
    first, second = cluster.servers
    listeners = [Listener(site).wait_open() for site in cluster.servers]
    long = count(first, items=600, pause_ms=30)
    until(lambda: processed(first, long) > 50, "some items")

    getattr(cluster.redis, way)()
    before = processed(first, long)
    meanwhile = count(second, items=20, pause_ms=1)
    until(lambda: processed(first, long) > before + 150, "work without Redis")
    until(
        lambda: all(last(page, long)[1] > before + 100 for page in listeners), "pages that see it"
    )

    cluster.redis.open()
    returned = time.monotonic()
    until(lambda: events_flow(first, listeners), "item by item again")
    assert time.monotonic() - returned < 30  # about one second; the machine may be busy
    for job, items in ((long, 600), (meanwhile, 20)):
        wait_for_end(listeners, job)
        for listener in listeners:
            assert last(listener, job) == ("completed", items)
            revisions = [update["revision"] for update in listener.updates(job)]
            assert revisions == sorted(set(revisions))
        assert [item["n"] for item in first.items(job)] == list(range(1, items + 1))
    assert all(process.poll() is None for process in cluster.processes())


def events_flow(site: Site, listeners: list[Listener]) -> bool:
    """Whether every page hears of every item of a new job."""
    probe = count(site, items=5, pause_ms=1)
    wait_for_end(listeners, probe)
    numbers = [items_heard_of(listener, probe) for listener in listeners]
    return numbers == [list(range(1, 6))] * len(listeners)


def items_heard_of(listener: Listener, job: str) -> list[int]:
    return [update["item"]["n"] for update in listener.updates(job) if "item" in update]


def wait_for_end(listeners: list[Listener], job: str) -> None:
    until(lambda: all(last(page, job)[0] in TERMINAL for page in listeners), "the end")
