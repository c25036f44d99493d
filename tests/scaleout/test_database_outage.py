"""PostgreSQL goes away in the middle and comes back: nobody has to restart anything."""

from tests.listening import TERMINAL, Listener
from tests.scaleout.cluster import Cluster
from tests.services import needs_services
from tests.waiting import until

pytestmark = needs_services
ITEMS = 150


def test_jobs_and_pages_get_over_a_database_that_goes_away(cluster: Cluster) -> None:
    listeners = [Listener(site).wait_open() for site in cluster.servers]
    site = cluster.servers[0]
    options = {"count": ITEMS, "pause_ms": 20}
    job = str(site.submit("count", options=options)["job_id"])
    until(lambda: site.job(job)["progress"]["processed"] > 20, "some items")

    cluster.postgresql.close()
    until(lambda: cluster.log().count("heartbeat missed") >= 4, "workers that miss it")
    until(lambda: cluster.log().count("the hub missed a turn") >= 4, "servers that miss it")
    cluster.postgresql.open()

    until(lambda: all(has_ended(page, job) for page in listeners), "the end in every page")
    assert [item["n"] for item in site.items(job)] == list(range(1, ITEMS + 1))
    assert site.job(job)["progress"]["success"] == ITEMS
    assert all(process.poll() is None for process in cluster.processes())


def has_ended(page: Listener, job: str) -> bool:
    updates = page.updates(job)
    return bool(updates) and updates[-1]["status"] in TERMINAL
