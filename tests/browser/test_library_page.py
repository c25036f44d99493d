import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

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


def listens(page: Page) -> None:
    """Wait until the scripts are there, and with them the keys."""
    expect(page.locator("body")).to_have_attribute("data-connection", "live")


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
    page.get_by_role("link", name="Filters").click()
    page.get_by_label("Format").select_option("cbz")
    shows(page, "format=cbz")
    expect(page.locator("#selection-bar")).to_be_hidden()


@contextmanager
def scripts_late(page: Page) -> Iterator[None]:
    """Hold the scripts back, as a slow line does."""
    held: list[Route] = []
    page.route("**/static/js/**", lambda route: held.append(route))
    yield
    page.unroute("**/static/js/**")
    for route in held:
        route.continue_()


def test_what_is_typed_before_the_scripts_come_is_searched(page: Page) -> None:
    with scripts_late(page):
        page.reload(wait_until="commit")
        page.get_by_role("searchbox").fill("ash 00")
        page.get_by_label("Order", exact=True).select_option("-size")
    shows(page, "search=ash+00")
    expect(page).to_have_url(re.compile(r"ordering=-size"))
    expect(page.get_by_role("searchbox")).to_have_value("ash 00")


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
        page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_keyboard_help_can_be_switched_off(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Use keys that act alone: / ? j k x").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).not_to_be_focused()


def test_filters_open_narrow_and_stay_in_the_address(page: Page) -> None:
    page.get_by_role("link", name="Filters").click()
    page.get_by_label("Series", exact=True).fill("Ash and Ember")
    shows(page, "series=Ash+and+Ember")
    page.get_by_label("Has tags").select_option("true")
    shows(page, "series=Ash+and+Ember&tagged=true")
    expect(page.get_by_label("Series", exact=True)).to_have_value("Ash and Ember")
    page.reload()
    shows(page, "series=Ash+and+Ember&tagged=true")
    page.get_by_role("link", name="Has tags yes Remove this filter").click()
    shows(page, "series=Ash+and+Ember")
    page.get_by_role("link", name="Filters", exact=True).click()
    expect(page.locator("#panel")).to_be_hidden()
    shows(page, "series=Ash+and+Ember")
    page.get_by_label("Order").select_option("-size")
    expect(page).to_have_url(re.compile("ordering=-size"))
    shows(page, "series=Ash+and+Ember")


def test_everything_by_keys_alone(page: Page) -> None:
    boxes = page.locator("#rows input[type=checkbox]")
    listens(page)
    page.keyboard.press("j")
    expect(boxes.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(boxes.nth(1)).to_be_checked()
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("Shift+Space")
    expect(selected(page)).to_have_text("4 selected")
    page.keyboard.press("k")
    page.keyboard.press("Space")
    expect(selected(page)).to_have_text("3 selected")
    address = page.url
    page.keyboard.press("Enter")  # opens the comic, and starts no job
    expect(page).to_have_url(re.compile("/comics/"))
    page.goto(address)
    listens(page)
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(page.locator("#selection-bar")).to_be_hidden()
    page.keyboard.press("?")
    page.get_by_label("Use keys that act alone").uncheck()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("j")
    expect(boxes.nth(0)).not_to_be_focused()


def test_covers_instead_of_a_list_are_remembered(page: Page) -> None:
    boxes = page.locator("#rows input[type=checkbox]")
    boxes.nth(2).check()
    page.get_by_role("button", name="As covers").click()
    expect(page.locator(".grid-comic")).to_have_count(25)
    expect(boxes.nth(2)).to_be_checked()
    page.reload()
    expect(page.locator(".grid-comic")).to_have_count(25)
    page.get_by_label("Select this page").check()
    expect(selected(page)).to_have_text("25 selected")
    with page.expect_response("**/layout/"):
        page.get_by_role("button", name="As a list").click()
    expect(page.locator("#rows tr")).to_have_count(25)


def test_the_bar_leads_to_each_operation(page: Page) -> None:
    page.locator("#rows input[type=checkbox]").nth(0).check()
    page.get_by_role("button", name="Rename…").click()
    expect(page.get_by_role("heading", name="Rename")).to_be_visible()
    expect(page.get_by_text("1 comic.", exact=False).first).to_be_visible()


def test_rows_and_numbers_follow_their_comics(
    page: Page, site: Site, open_page: OpenPage, viewer_signed_in: Any
) -> None:
    viewed = open_page(storage_state=viewer_signed_in)
    viewed.goto(page.url)
    listens(viewed)
    with site.client() as client:
        pk = client.get("/api/comics/?verdict=ok").json()["results"][0]["id"]

    def change(operation: str, **options: Any) -> None:
        body = {"operation": operation, "comics": [pk], "options": options}
        with site.client() as client:
            assert client.post("/api/jobs/", json=body).status_code == 201

    row = page.locator(f'#rows [data-comic="{pk}"]')
    change("rename", template="{series} odd {issue:4}")
    expect(row).to_contain_text(" odd ")
    expect(row.locator(".pill")).to_have_text("Needs work")
    box = row.locator("input")
    box.check()
    box.focus()
    page.evaluate("window.isTheSame = document.getElementById('rows')")
    clean = page.locator('#tabs a:has-text("Clean") .tab-count')
    before = int(clean.inner_text())
    change("process")
    expect(row.locator(".pill")).to_have_text("Clean")
    expect(clean).to_have_text(str(before + 1))
    expect(page.locator(f"#comic-{pk}")).to_be_checked()
    expect(page.locator(f"#comic-{pk}")).to_be_focused()
    expect(selected(page)).to_have_text("1 selected")
    expect(viewed.locator(f'#rows [data-comic="{pk}"] .pill')).to_have_text("Clean")
