import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import COMICS, OpenPage
from tests.serving import Site


@pytest.fixture
def page(site: Site, open_page: OpenPage, signed_in: Any) -> Page:
    page = open_page(storage_state=signed_in)
    page.goto(f"{site.address}/?page_size=25")
    expect(page.locator("tbody tr")).to_have_count(25)
    return page


def shows(page: Page, filter: str = "", *, number: int = 1) -> None:
    """Wait until the list is that of this filter and page."""
    expect(page.locator("#results")).to_have_attribute("data-filter", filter)
    expect(page.locator("#results")).to_have_attribute("data-page", str(number))


def selected(page: Page) -> Any:
    return page.locator('#selection-bar [data-field="count"]')


def test_searching_swaps_the_list_and_the_address(page: Page) -> None:
    total = int(page.locator("#results").get_attribute("data-count") or 0)
    page.keyboard.press("/")
    page.keyboard.type("ash 00")
    shows(page, "search=ash+00")
    expect(page).to_have_url(re.compile(r"search=ash\+00"))
    found = page.locator("tbody .name")
    for name in found.all_inner_texts():
        assert "00" in name
    assert 0 < found.count() < total
    page.get_by_role("searchbox").fill("no such comic")
    page.get_by_role("link", name="Clear search and filters").click()
    expect(page.locator("#results")).to_have_attribute("data-count", str(total))
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.go_back()
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_a_selection_survives_pages_and_reloads_and_not_another_filter(page: Page) -> None:
    boxes = page.locator("tbody input[type=checkbox]")
    boxes.nth(1).check()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(selected(page)).to_have_text("4 selected")
    page.get_by_role("link", name="Next").click()
    shows(page, number=2)
    expect(boxes.nth(0)).not_to_be_checked()
    boxes.nth(0).check()
    expect(selected(page)).to_have_text("5 selected")
    page.reload()
    expect(selected(page)).to_have_text("5 selected")
    page.get_by_label("Select this page").check()
    page.get_by_role("button", name=f"Select all {COMICS} that match").click()
    expect(selected(page)).to_have_text(f"{COMICS} selected")
    page.keyboard.press("Escape")
    expect(page.locator("#selection-bar")).to_be_hidden()
    boxes.nth(0).check()
    page.get_by_label("Format").select_option("cbz")
    shows(page, "format=cbz")
    expect(page.locator("#selection-bar")).to_be_hidden()


def test_ticks_of_two_pages_are_previewed_together(page: Page) -> None:
    page.locator("tbody input[type=checkbox]").nth(2).check()
    page.get_by_role("link", name="Next").click()
    shows(page, number=2)
    page.locator("tbody input[type=checkbox]").nth(2).check()
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_text("Nothing has been changed yet.")).to_be_visible()
    expect(page.locator(".preview tbody tr")).to_have_count(2)


def test_all_that_match_are_sent_as_the_filter(page: Page) -> None:
    page.get_by_role("searchbox").fill("cbz")
    shows(page, "search=cbz")
    count = page.locator("#results").get_attribute("data-count")
    page.get_by_label("Select this page").check()
    page.get_by_role("button", name=f"Select all {count} that match").click()
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator(".preview tbody tr")).to_have_count(int(count or 0))


def test_colours_change_at_once_and_stay(page: Page) -> None:
    with page.expect_response("**/theme/"):
        page.get_by_role("button", name="Dark colours").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_keyboard_help_can_be_switched_off(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Use the keys / and ?").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).not_to_be_focused()
