"""A worker that is killed: what it had in work is done by the others."""

import time

from tests.listening import Listener, ended
from tests.scaleout.cluster import Cluster
from tests.services import needs_services
from tests.waiting import until

pytestmark = needs_services
ITEMS = 300


def test_what_a_killed_worker_had_in_work_is_done_by_the_other(cluster: Cluster) -> None:
    site = cluster.servers[0]
    listener = Listener(site, stop_when=ended).wait_open()
    options = {"count": ITEMS, "pause_ms": 20}
    job = str(site.submit("witnessed", options=options)["job_id"])
    until(lambda: site.job(job)["progress"]["processed"] > ITEMS // 4, "some items")
    victim = cluster.kill_worker()
    killed = time.monotonic()
    until(lambda: bool(site.job(job)["finished_at"]), "the end")
    assert time.monotonic() - killed < 60
    items = site.items(job)
    assert [item["n"] for item in items] == list(range(1, ITEMS + 1))
    assert sorted(item["position"] for item in items) == list(range(1, ITEMS + 1))
    survivor = cluster.workers[0]
    assert {item["message"] for item in items} == {str(victim.pid), str(survivor.pid)}
    assert items[-1]["message"] == str(survivor.pid)
    last = listener.wait().updates(job)[-1]
    assert (last["status"], last["progress"]["success"]) == ("completed", ITEMS)
    assert "worker is gone" in cluster.log()
