"""The main job with the keyboard alone, and on a phone."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_following_a_job import finished
from tests.browser.test_undoing import kind
from tests.serving import Site

MOST_STEPS = 200


def reach(page: Page, wanted: Locator) -> None:
    """Go to an element as people do who have no pointer."""
    expect(wanted).to_be_visible()
    for _step in range(MOST_STEPS):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not lead there")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    reach(page, wanted)
    page.keyboard.press(key)


@pytest.fixture
def page(site: Site, open_page: OpenPage, signed_in: Any) -> Page:
    page = open_page(storage_state=signed_in)
    page.goto(f"{site.address}/preview/process/?search=orchard")
    return page


def test_preview_untick_apply_and_undo_by_keyboard(page: Page) -> None:
    reach(page, page.get_by_role("link", name="Skip to the content"))
    page.keyboard.press("Enter")
    template = page.get_by_label("Name template")
    reach(page, template)
    page.keyboard.press("Control+A")
    page.keyboard.type("{series} key {issue:4}")
    press(page, page.get_by_role("button", name="Preview", exact=True))
    expect(page.locator("#preview-form")).to_be_visible()
    count = kind(page, "changed")
    with page.expect_response("**/apply/"):
        press(page, page.locator('[name="tick"]:enabled').first, "Space")
    page.keyboard.press("Enter")  # on a tick it applies nothing
    press(page, page.get_by_role("button", name=f"Process {count - 1} files"))
    expect(page.locator("#job-head")).to_contain_text("applies a preview")
    finished(page)
    press(page, page.get_by_role("button", name="Undo", exact=True))
    dialog = page.locator("#undo-dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    press(page, page.get_by_role("button", name="Undo", exact=True))
    press(page, dialog.get_by_role("button", name="Undo the job"))
    expect(page.locator("#job-head")).to_contain_text("undoes an earlier job")
    finished(page)


def test_a_running_job_is_paused_and_cancelled_by_keyboard(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    job = site.submit("count", options={"count": 400, "pause_ms": 100})
    page = open_page(storage_state=signed_in)
    page.goto(f"{site.address}/jobs/{job['job_id']}/")
    press(page, page.get_by_role("button", name="Pause"))
    finished(page, "Paused.")
    press(page, page.get_by_role("button", name="Resume"))
    expect(page.locator("#rows tr").nth(5)).to_be_visible()
    press(page, page.get_by_role("button", name="Cancel"))
    press(page, page.get_by_role("dialog").get_by_role("button", name="Cancel the job"))
    finished(page, "Cancelled after")


def test_preview_and_apply_on_a_phone(site: Site, open_page: OpenPage, signed_in: Any) -> None:
    page = open_page(
        storage_state=signed_in,
        viewport={"width": 390, "height": 844},
        is_mobile=True,
        has_touch=True,
    )
    page.goto(f"{site.address}/preview/rename/?search=orchard")
    page.get_by_label("Name template").fill("{series} phone {issue:4}")
    page.get_by_role("button", name="Preview", exact=True).tap()
    expect(page.locator("#preview-form")).to_be_visible()
    count = kind(page, "changed")
    with page.expect_response("**/apply/"):
        page.locator('[name="tick"]:enabled').first.tap()
    apply = page.get_by_role("button", name=f"Rename {count - 1} files")
    box = apply.bounding_box()
    assert box and box["height"] >= 44
    apply.tap()
    finished(page)
    page.get_by_role("button", name="Undo", exact=True).tap()
    page.locator("#undo-dialog").get_by_role("button", name="Undo the job").tap()
    expect(page.locator("#job-head")).to_contain_text("undoes an earlier job")
    finished(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
