"""A server and a worker as two processes on one SQLite file, without Redis."""

from collections.abc import Iterator

import pytest

from tests.listening import Listener, Received, ended
from tests.serving import Site, make_data_folder, serving, working
from tests.waiting import until


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = make_data_folder(tmp_path_factory.mktemp("one-file") / "data", WORKERS="2")
    with serving(data, "--no-worker") as site, working(data):
        yield site


def test_pages_see_the_progress_of_the_other_process_several_times_a_second(site: Site) -> None:
    listener = Listener(site, stop_when=ended).wait_open()
    job = str(site.submit("count", options={"count": 200, "pause_ms": 20})["job_id"])
    updates = listener.wait().updates(job)
    seen = [update["progress"]["processed"] for update in updates]
    assert seen == sorted(seen)
    # 200 items by two children take two seconds at least.
    assert len(set(seen)) >= 8
    assert (updates[-1]["status"], seen[-1]) == ("completed", 200)


def test_cancel_reaches_the_worker_and_its_end_every_page(site: Site) -> None:
    def some(event: Received) -> bool:
        return event.type == "job_updated" and event.data["data"]["progress"]["processed"] > 3

    listener = Listener(site, stop_when=ended).wait_open()
    first = Listener(site, stop_when=some).wait_open()
    job = str(site.submit("count", options={"count": 5000, "pause_ms": 20})["job_id"])
    first.wait()
    with site.client() as client:
        assert client.post(f"/api/jobs/{job}/cancel/").status_code == 200
    until(lambda: site.job(job)["status"] == "cancelled", "the end")
    last = listener.wait().updates(job)[-1]
    assert last["status"] == "cancelled"
    assert last["progress"]["processed"] == len(site.items(job)) < 5000
