"""What the product promises of a job's progress, each promise by its name."""

import shutil
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, PASSWORD
from tests.counting import COUNTS
from tests.listening import Listener, ended
from tests.serving import Site, make_data_folder, serving
from tests.waiting import LIMIT_SECONDS, until

POLL_SECONDS = 0.5


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = make_data_folder(tmp_path_factory.mktemp("progress") / "data", WORKERS="1")
    with serving(data) as site:
        yield site


def submit(site: Site, **options: int) -> str:
    return str(site.submit("count", options=options)["job_id"])


def test_updates_are_broadcast_by_server_sent_events(site: Site) -> None:
    listener = Listener(site, stop_when=ended).wait_open()
    job = submit(site, count=100, broken=2)
    updates = listener.wait().updates(job)
    statuses = list(dict.fromkeys(update["status"] for update in updates))
    assert statuses == ["queued", "processing", "completed"]
    items = [update for update in updates if "item" in update]
    assert [update["progress"]["processed"] for update in items] == list(range(1, 101))


def test_several_clients_subscribe_and_get_the_same(site: Site) -> None:
    listeners = [Listener(site, stop_when=ended).wait_open() for _ in range(4)]
    job = submit(site, count=20)
    first, *others = [listener.wait().updates(job) for listener in listeners]
    assert len(first) == 23
    assert all(other == first for other in others)


def test_progress_is_detailed(site: Site) -> None:
    listener = Listener(site, stop_when=ended).wait_open()
    job = submit(site, count=3, broken=1)
    updates = listener.wait().updates(job)
    assert updates[-1]["progress"] == {
        "processed": 3,
        "total": 3,
        "success": 2,
        "errors": 1,
        "percentage": 100.0,
    }
    assert [u["progress"]["percentage"] for u in updates if "item" in u] == [33.33, 66.67, 100.0]
    for update in updates:
        progress = update["progress"]
        assert progress["success"] + progress["errors"] == progress["processed"]
    failed = next(u["item"] for u in updates if u.get("item", {}).get("outcome") == "failed")
    assert failed["message"] == "Number 1 is broken."


@pytest.mark.browser
def test_a_page_follows_a_job_with_a_tenth_of_the_requests_of_one_that_polls(site: Site) -> None:
    """Both follow the same job to its end; the server counts."""
    job = submit(site, count=100, pause_ms=300)
    poller = threading.Thread(target=poll, args=(site, job))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        page = browser.new_context(user_agent="follower").new_page()
        page.goto(f"{site.address}/login/?next=/jobs/{job}/")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#connection")).to_have_text("Live updates on")
        poller.start()
        loaded = counted(site)["follower"]
        expect(page.locator("#job-head .notice").last).to_contain_text(
            "Finished", timeout=1000 * LIMIT_SECONDS
        )
        poller.join()
        page.wait_for_load_state("networkidle")
        followed = counted(site)["follower"]
        browser.close()
    requests = sum(followed.values()) - sum(loaded.values())
    stream = 1  # opened before the count began
    polls = counted(site)["poller"][f"/api/jobs/{job}/"]
    assert polls > 20
    assert requests + stream <= 0.1 * polls, f"{loaded}\n{followed}"


def poll(site: Site, job: str) -> None:
    headers = {"Authorization": f"Token {site.data.key}", "User-Agent": "poller"}
    with httpx.Client(base_url=site.address, headers=headers, timeout=30) as client:

        def is_over() -> bool:
            return bool(client.get(f"/api/jobs/{job}/").json()["finished_at"])

        until(is_over, "the end", every_seconds=POLL_SECONDS)


def counted(site: Site) -> dict[str, Any]:
    counts: dict[str, Any] = httpx.get(site.address + COUNTS).json()
    return counts
