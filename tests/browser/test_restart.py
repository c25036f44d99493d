"""The server is killed under an open page, and comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, OpenPage
from tests.browser.test_following_a_job import figure
from tests.serving import DataFolder, kill, make_data_folder, running, site_of

ITEMS = 150


@pytest.fixture
def data(tmp_path: Path) -> Iterator[DataFolder]:
    (tmp_path / "comics").mkdir()
    yield make_data_folder(tmp_path / "data", COMICS=str(tmp_path / "comics"), WORKERS="2")


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/login/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()


def test_a_killed_server_is_missed_and_the_job_goes_on_with_it(
    data: DataFolder, open_page: OpenPage
) -> None:
    page = open_page(expected="net::ERR_|Failed to load resource")
    with running(data, "serve", "--port", "0") as process:
        site = site_of(process, data)
        sign_in(page, site.address)
        job = site.submit("count", options={"count": ITEMS, "pause_ms": 200})
        page.goto(f"{site.address}/jobs/{job['job_id']}/")
        second = page.context.new_page()
        second.goto(f"{site.address}/jobs/")
        expect(page.locator("#rows tr").nth(8)).to_be_visible()
        kill(process)
    away = page.get_by_text("The server cannot be reached. Numbers below may be old.")
    expect(away).to_be_visible()
    assert page.locator("#rows tr").count() > 8
    expect(page.get_by_role("button", name="Cancel")).to_be_disabled()
    port = site.address.rpartition(":")[2]
    with running(data, "serve", "--port", port) as process:
        site_of(process, data)
        expect(away).to_be_hidden()
        expect(page.locator("body")).to_have_attribute("data-connection", "live")
        expect(page.get_by_text("Continued after a restart.")).to_be_visible()
        expect(page.locator("#job-head .notice").last).to_contain_text("Finished.")
        expect(figure(page, "count")).to_have_text(f"{ITEMS} of {ITEMS}")
        numbers = page.locator("#rows tr").evaluate_all("rows => rows.map(row => +row.dataset.n)")
        assert numbers == list(range(ITEMS, ITEMS - 100, -1))
        expect(second.locator(f'.history a[href*="{job["job_id"]}"]')).to_be_visible()
        assert len({item["position"] for item in site.items(job["job_id"])}) == ITEMS
