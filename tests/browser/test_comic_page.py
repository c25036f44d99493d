"""One comic: edited, undone, looked at page by page, and fresh while something happens to it."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_accessibility import SCREENS, check, fits
from tests.serving import Site
from tests.waiting import until


def comic_named(site: Site, search: str) -> Any:
    with site.client() as client:
        return client.get(f"/api/comics/?search={search}").json()["results"][0]


@pytest.fixture
def page(open_page: OpenPage, signed_in: Any) -> Page:
    return open_page(storage_state=signed_in)


def opened(page: Page, site: Site, comic: Any) -> Page:
    page.goto(f"{site.address}/comics/{comic['id']}/")
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    return page


def field(page: Page, name: str) -> Locator:
    return page.locator(f"#tag-{name}")


def test_tags_are_edited_and_the_edit_is_undone(site: Site, page: Page) -> None:
    comic = comic_named(site, "Brass+Harbour")
    opened(page, site, comic)
    before = field(page, "Title").input_value()
    field(page, "Title").fill("The Long Pier")
    page.get_by_text("People", exact=True).click()
    field(page, "Writer").fill("Ada Reed, Tom Vale")
    page.get_by_role("button", name="Save tags").click()
    expect(page.get_by_text("Saved in the file: Title, Writer.")).to_be_visible()
    expect(field(page, "Writer")).to_have_value("Ada Reed, Tom Vale")
    past = page.locator("#comic-history li").first
    expect(past).to_contain_text("Ada Reed, Tom Vale")
    past.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Undone. The file is as it was before.")).to_be_visible()
    expect(field(page, "Title")).to_have_value(before)


def test_a_wrong_value_is_said_at_its_field(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in, expected="400")
    opened(page, site, comic_named(site, "014"))
    page.get_by_text("Publishing", exact=True).click()
    field(page, "Web").fill("javascript:alert(1)")
    page.get_by_role("button", name="Save tags").click()
    expect(page.locator("#tag-Web_error")).to_contain_text("begin with http")
    expect(field(page, "Web")).to_have_value("javascript:alert(1)")


def test_what_others_change_shows_at_once_and_leaves_an_edit_alone(site: Site, page: Page) -> None:
    comic = comic_named(site, "Moss")
    url = f"/api/comics/{comic['id']}/"
    opened(page, site, comic)
    with site.client() as client:
        client.patch(url, json={"tags": {"Title": "Seen at once"}}).raise_for_status()
    expect(page.locator(".comic-subtitle")).to_have_text("Seen at once")
    expect(field(page, "Title")).to_have_value("Seen at once")
    page.get_by_text("People", exact=True).click()
    field(page, "Series").fill("Half typed")
    with site.client() as client:
        client.patch(url, json={"tags": {"Title": "Seen again"}}).raise_for_status()
    expect(page.locator(".comic-subtitle")).to_have_text("Seen again")
    expect(field(page, "Series")).to_have_value("Half typed")
    expect(page.locator("#comic-history li")).to_have_count(2)
    expect(field(page, "Writer")).to_be_visible()
    page.get_by_role("button", name="Save tags").click()
    expect(page.get_by_text("Saved in the file: Series.")).to_be_visible()
    expect(page.locator(".comic-subtitle")).to_have_text("Seen again")


def test_a_comic_that_goes_to_the_trash_says_so_and_comes_back(site: Site, page: Page) -> None:
    comic = comic_named(site, "Saltwind")
    opened(page, site, comic)
    with site.client() as client:
        body = {"operation": "trash", "comics": [comic["id"]]}
        job = client.post("/api/jobs/", json=body).json()
    expect(page.locator(".comic-status")).to_contain_text("Missing")
    expect(page.get_by_role("button", name="Save tags")).to_be_disabled()
    until(lambda: site.job(job["job_id"])["status"] == "completed", "the trash")
    page.locator("#comic-history").get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Undone. The file is as it was before.")).to_be_visible()
    expect(page.locator(".comic-status")).not_to_contain_text("Missing")


def test_pages_are_looked_at_with_the_keyboard_alone(site: Site, page: Page) -> None:
    opened(page, site, comic_named(site, "Ash"))
    pages = page.locator("#page-strip a")
    expect(pages.first.locator("img")).to_have_js_property("complete", True)
    pages.nth(1).focus()
    page.keyboard.press("Enter")
    viewer = page.get_by_role("dialog", name="Pages")
    status = viewer.get_by_role("status")
    count = pages.count()
    expect(status).to_have_text(f"Page 2 of {count}")
    expect(viewer.locator("img.viewer-page")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(status).to_have_text(f"Page 1 of {count}")
    expect(viewer.get_by_role("button", name="Previous page")).to_be_disabled()
    page.keyboard.press("End")
    expect(status).to_have_text(f"Page {count} of {count}")
    check(page)
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(pages.last).to_be_focused()


def test_a_source_is_taken_into_the_form(site: Site, page: Page) -> None:
    comic = comic_named(site, "Ash")
    with site.client() as client:
        tags = {"Series": "Something Else"}
        client.patch(f"/api/comics/{comic['id']}/", json={"tags": tags}).raise_for_status()
    opened(page, site, comic)
    page.get_by_role("link", name="Look", exact=True).click()
    use = page.get_by_role("button", name="Use this for Series")
    expect(use.first).to_be_visible()
    use.first.click()
    expect(field(page, "Series")).to_have_value("Ash and Ember")
    expect(field(page, "Series")).to_be_focused()
    page.get_by_role("button", name="Save tags").click()
    expect(page.get_by_text("Saved in the file: Series.")).to_be_visible()


@pytest.mark.parametrize("screen", list(SCREENS))
def test_no_finding_of_axe(site: Site, open_page: OpenPage, signed_in: Any, screen: str) -> None:
    page = open_page(storage_state=signed_in, **SCREENS[screen])
    for search in ("Ash", "cut+off"):
        opened(page, site, comic_named(site, search))
        for group in page.locator(".tag-group").all():
            if group.get_attribute("open") is None:
                group.locator("summary").click()
        page.get_by_role("link", name="Look", exact=True).click()
        expect(page.locator(".sources")).to_be_visible()
        check(page)
        assert fits(page)


def test_all_of_it_works_without_scripts(site: Site, open_page: OpenPage, signed_in: Any) -> None:
    # At the end the browser shows an image by itself, and complains of its own style there.
    page = open_page(storage_state=signed_in, java_script_enabled=False, expected="style|404")
    comic = comic_named(site, "Annual")
    page.goto(f"{site.address}/?search=Annual")
    page.get_by_role("link", name=comic["name"]).click()
    field(page, "Title").fill("By hand")
    page.get_by_role("button", name="Save tags").click()
    expect(page.get_by_text("Saved in the file: Title.")).to_be_visible()
    page.get_by_role("link", name="Look", exact=True).click()
    expect(page.locator(".sources")).to_be_visible()
    page.get_by_role("link", name="Back to the comic").click()
    page.locator("#comic-history").get_by_role("button", name="Undo", exact=True).first.click()
    expect(page.get_by_text("Undone. The file is as it was before.")).to_be_visible()
    page.locator("#page-strip a").first.click()
    expect(page.locator("img")).to_be_visible()
