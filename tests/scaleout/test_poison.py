from tests.jobs.operations import Poison
from tests.scaleout.cluster import Cluster
from tests.services import needs_services
from tests.waiting import until

pytestmark = needs_services


def test_poisonous_items_fail_alone_on_postgresql_too(cluster: Cluster) -> None:
    site = cluster.servers[0]
    job = str(site.submit("poison")["job_id"])
    until(lambda: bool(site.job(job)["finished_at"]), "the end")
    outcomes = {item["path"]: item["outcome"] for item in site.items(job)}
    assert outcomes == {
        way: "changed" if way.startswith("fine") else "failed" for way in Poison.WAYS
    }
    assert site.job(job)["status"] == "completed"
    assert all(process.poll() is None for process in cluster.processes())
