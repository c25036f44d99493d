"""Several workers, one watcher of a folder; one that is killed is followed by another."""

from pathlib import Path

import psycopg

from tests.library.comics import make_comic
from tests.scaleout.cluster import Cluster
from tests.services import needs_services
from tests.serving import Site, kill
from tests.waiting import until

pytestmark = needs_services
LEADER = "SELECT pid FROM jobs_duty JOIN jobs_workernode ON owner = id WHERE name LIKE 'watch:%'"


def leader(cluster: Cluster) -> int | None:
    with psycopg.connect(cluster.settings["DATABASE_URL"]) as connection:
        rows = connection.execute(LEADER).fetchall()
    assert len(rows) < 2
    return rows[0][0] if rows else None


def count(site: Site) -> int:
    with site.client() as client:
        return int(client.get("/api/comics/").json()["count"])


def test_when_the_watcher_is_killed_another_worker_watches_on(
    cluster: Cluster, tmp_path: Path
) -> None:
    site = cluster.servers[0]
    make_comic(tmp_path / "first.cbz")
    with site.client() as client:
        new = client.post("/api/libraries/", json={"path": str(tmp_path), "watch": "list"}).json()
        client.post(f"/api/libraries/{new['id']}/scan/")
    until(lambda: leader(cluster) is not None, "the watcher")
    killed = leader(cluster)
    [victim] = [worker for worker in cluster.workers if worker.pid == killed]
    cluster.workers.remove(victim)
    kill(victim)
    make_comic(tmp_path / "second.cbz")
    until(lambda: count(site) == 2, "what came after its death", every_seconds=0.2)
    assert leader(cluster) == cluster.workers[0].pid
    with site.client() as client:
        assert client.delete(f"/api/libraries/{new['id']}/").status_code == 204
