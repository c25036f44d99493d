"""What a page does while it cannot hear the server, and afterwards."""

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_following_a_job import count, counter, figure, finished
from tests.serving import Site

# Playwright keeps every tab visible; this lets a test say otherwise.
HIDEABLE = """
window.isHidden = false;
Object.defineProperty(document, "hidden", {get: () => window.isHidden});
window.hide = (value) => {
  window.isHidden = value;
  document.dispatchEvent(new Event("visibilitychange"));
};
"""


def test_a_server_that_is_away_is_said_so_and_found_again(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in, expected="net::ERR_FAILED")
    page.route("**/api/**", lambda route: route.abort())
    page.goto(site.address + count(site, 100))
    notice = page.get_by_text("The server cannot be reached. Numbers below may be old.")
    expect(notice).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_disabled()
    page.unroute("**/api/**")
    expect(notice).to_be_hidden()
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    finished(page)
    expect(counter(page, "changed")).to_have_text("100")


def test_a_hidden_tab_closes_its_stream_and_catches_up(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    page.add_init_script(HIDEABLE)
    page.goto(site.address + count(site, 120))
    expect(page.locator("#rows tr").nth(3)).to_be_visible()
    page.evaluate("hide(true)")
    expect(page.locator("body")).to_have_attribute("data-connection", "asleep")
    page.evaluate("hide(false)")
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    finished(page)
    expect(figure(page, "count")).to_have_text("120 of 120")
    expect(page.locator("#rows tr").first).to_have_attribute("data-n", "120")
    numbers = page.locator("#rows tr").evaluate_all("rows => rows.map(row => +row.dataset.n)")
    assert numbers == list(range(120, 20, -1))


def test_a_tab_born_hidden_does_not_connect(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    page.add_init_script(HIDEABLE.replace("isHidden = false", "isHidden = true"))
    page.goto(f"{site.address}/jobs/")
    expect(page.locator("body")).to_have_attribute("data-connection", "asleep")
    with page.expect_request("**/api/events/stream*"):
        page.evaluate("hide(false)")


def test_a_mute_stream_is_noticed_and_asked_around(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    # As behind a proxy that keeps everything back: asked, and never answered.
    page.route("**/api/events/stream*", lambda route: None)
    page.goto(site.address + count(site, 500))
    expect(page.get_by_text("Live updates are blocked (a proxy may be buffering).")).to_be_visible()
    expect(counter(page, "changed")).not_to_have_text("0")
    page.unroute("**/api/events/stream*")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel the job").click()
    expect(page.locator("#job-head")).to_contain_text(re.compile("Stopping|Cancelled"))
