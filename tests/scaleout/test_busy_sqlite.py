"""Four workers and fifty requests a second write to one SQLite file: nobody is turned away."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from tests.serving import Site, make_data_folder, serving
from tests.waiting import until

REQUESTS = 200
PER_SECOND = 50
THREADS = 8


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    data = make_data_folder(tmp_path / "data")
    with serving(data, "--workers", "4") as site:
        yield site


def small_job(client: httpx.Client) -> httpx.Response:
    body = {"operation": "count", "all": True, "options": {"count": 3}}
    return client.post("/api/jobs/", json=body)


def short_lived_job(client: httpx.Client) -> httpx.Response:
    job = small_job(client).json()["job_id"]
    return client.post(f"/api/jobs/{job}/cancel/")


def list_of_jobs(client: httpx.Client) -> httpx.Response:
    return client.get("/api/jobs/")


def list_of_comics(client: httpx.Client) -> httpx.Response:
    return client.get("/api/comics/")


REQUEST_KINDS = (small_job, list_of_jobs, short_lived_job, list_of_comics)


def test_no_request_and_no_item_ever_finds_the_database_locked(site: Site) -> None:
    options = {"count": 3000, "pause_ms": 1}
    job = str(site.submit("count", options=options)["job_id"])
    with site.client() as client:
        codes = ask_at_pace(client)
    assert len(codes) == REQUESTS
    # 409: the job that was to be cancelled had ended already.
    assert set(codes) <= {200, 201, 409}
    until(lambda: site.job(job)["status"] == "completed", "the end")
    assert [item["n"] for item in site.items(job)] == list(range(1, 3001))
    assert site.job(job)["progress"]["errors"] == 0
    assert "locked" not in site.data.log.read_text()


def ask_at_pace(client: httpx.Client) -> list[int]:
    """The status codes of so many requests, begun fifty a second or as soon as a thread is free."""
    begun = monotonic()

    def ask(numbered: tuple[int, Callable[[httpx.Client], httpx.Response]]) -> int:
        number, request = numbered
        sleep(max(0.0, begun + number / PER_SECOND - monotonic()))
        return request(client).status_code

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(ask, enumerate(islice(cycle(REQUEST_KINDS), REQUESTS))))
