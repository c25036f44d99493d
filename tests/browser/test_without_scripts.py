"""Everything works by links, forms and redirects."""

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.serving import Site


def test_a_job_is_started_and_watched_without_scripts(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in, java_script_enabled=False)
    page.goto(f"{site.address}/")
    page.get_by_role("searchbox").fill("ash")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("search=ash"))
    boxes = page.locator("tbody input[type=checkbox]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_role("heading", name="Process: preview")).to_be_visible()


def test_a_job_is_cancelled_without_scripts(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    job = site.submit("count", options={"count": 400, "pause_ms": 100})
    page = open_page(storage_state=signed_in, java_script_enabled=False)
    page.goto(f"{site.address}/jobs/{job['job_id']}/")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#job-head")).to_contain_text(re.compile("Stopping|Cancelled"))


def test_all_that_match_are_processed_without_scripts(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in, java_script_enabled=False)
    page.goto(f"{site.address}/?search=ash")
    page.get_by_role("button", name=re.compile(r"Preview all \d+ that match")).click()
    expect(page.get_by_role("heading", name="Process")).to_be_visible()
    expect(page.get_by_text("All that match a filter")).to_be_visible()


def test_filters_and_covers_without_scripts(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in, java_script_enabled=False)
    page.goto(f"{site.address}/?search=ash")
    page.get_by_role("link", name="Filters").click()
    page.get_by_label("Format").select_option("cbz")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"search=ash.*format=cbz"))
    expect(page.get_by_role("searchbox")).to_have_value("ash")
    page.get_by_role("link", name="Format cbz Remove this filter").click()
    expect(page).not_to_have_url(re.compile("format=cbz"))
    page.get_by_role("button", name="As covers").click()
    expect(page.locator(".grid-comic").first).to_be_visible()
    page.get_by_role("button", name="As a list").click()
    expect(page.locator("#rows tr").first).to_be_visible()
