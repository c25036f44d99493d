"""Two servers and two workers share jobs, and every page hears of every item."""

from tests.listening import Listener, assert_every_item, ended
from tests.scaleout.cluster import Cluster
from tests.services import needs_services

pytestmark = needs_services
ITEMS = 400


def test_every_client_of_either_server_gets_every_item_of_both_workers(cluster: Cluster) -> None:
    listeners = [
        Listener(site, stop_when=ended).wait_open() for site in cluster.servers for _ in range(2)
    ]
    first, second = cluster.servers
    options = {"count": ITEMS, "pause_ms": 5}
    job = str(first.submit("witnessed", options=options)["job_id"])
    for listener in listeners:
        assert_every_item(listener.wait().updates(job), ITEMS)
    items = second.items(job)
    assert [item["n"] for item in items] == list(range(1, ITEMS + 1))
    assert sorted(item["position"] for item in items) == list(range(1, ITEMS + 1))
    assert {item["message"] for item in items} == {str(p.pid) for p in cluster.workers}
    assert second.job(job)["progress"]["processed"] == ITEMS
