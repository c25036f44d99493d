"""From a preview to its result and back again."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_following_a_job import counter, finished
from tests.serving import Site


def kind(page: Page, name: str) -> int:
    """What a preview's counter says."""
    text = page.locator(f".kinds .counter:has(.key-{name}) strong").inner_text()
    return int(text.replace(",", ""))


def preview(page: Page, site: Site, template: str) -> int:
    """Of renaming all comics; how many would be."""
    page.goto(f"{site.address}/preview/rename/")
    page.get_by_label("Name template").fill(template)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview-form")).to_be_visible()
    return kind(page, "changed")


def test_what_was_unticked_stays_as_it_is_and_the_rest_can_be_undone(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    count = preview(page, site, "{series} no. {issue:5}")
    expect(page.get_by_text("Nothing has been changed yet.")).to_be_visible()
    boxes = page.locator('[name="tick"]:enabled')
    for n in (0, 2):
        with page.expect_response("**/apply/"):
            boxes.nth(n).uncheck()
    expect(page.locator("#apply")).to_have_text(f"Rename {count - 2} files")
    page.reload()
    expect(boxes.nth(0)).not_to_be_checked()
    expect(boxes.nth(1)).to_be_checked()
    page.get_by_role("button", name=f"Rename {count - 2} files").click()
    expect(page.locator("#job-head")).to_contain_text("applies a preview")
    finished(page)
    expect(counter(page, "changed")).to_have_text(str(count - 2))
    page.get_by_role("button", name="Undo", exact=True).click()
    page.locator("#undo-dialog").get_by_role("button", name="Undo the job").click()
    expect(page.locator("#job-head")).to_contain_text("undoes an earlier job")
    finished(page)
    expect(counter(page, "changed")).to_have_text(str(count - 2))


def test_the_first_names_follow_what_is_typed(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    page.goto(f"{site.address}/preview/rename/")
    template = page.get_by_label("Name template")
    template.fill("No. ")
    page.get_by_role("button", name="{issue:4}").click()
    expect(page.locator("#names .will").first).to_contain_text(re.compile(r"No\. \d{4}"))
    template.fill("No. {issue")
    expect(page.locator("#names mark")).to_have_text("{")
    expect(page.get_by_role("alert")).to_contain_text("has no partner")
    template.fill("{series} ({issue})")
    expect(page.locator("#names ins").first).to_be_visible()


def test_a_preview_is_made_anew_with_another_template(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    preview(page, site, "{series} x {issue:4}")
    first = page.url
    page.get_by_label("Name template").fill("{series} y {issue:4}")
    expect(page.locator("#names .will").first).to_contain_text(" y ")
    page.get_by_role("button", name="Preview again").click()
    expect(page.locator(".preview .will").first).to_contain_text(" y ")
    assert page.url != first


def test_what_can_no_longer_be_undone_is_named_with_the_reason(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    preview(page, site, "{series} z {issue:4}")
    page.locator("#apply").click()
    finished(page)
    earlier = page.url
    preview(page, site, "{series} zz {issue:4}")
    page.locator("#apply").click()
    finished(page)
    page.goto(earlier)
    page.get_by_role("button", name="Preview undo").click()
    expect(page.locator("#preview-form")).to_be_visible()
    assert kind(page, "conflict") > 0
    expect(page.locator(".result-conflict .message").first).to_contain_text("later change")
    expect(page.locator('.result-conflict [name="tick"]').first).to_be_disabled()


def test_without_scripts_ticks_go_over_pages_too(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in, java_script_enabled=False)
    options = {"template": "{series} w {issue:4}"}
    job = site.submit("rename", options=options, dry_run=True)
    path = f"{site.address}/jobs/{job['job_id']}/"
    page.goto(path)
    while not page.locator("#apply").count():
        page.reload()
    count = kind(page, "changed")
    page.locator('[name="tick"]:enabled').first.uncheck()
    page.locator("#apply").click()
    expect(page.locator("#job-head")).to_contain_text("applies a preview")
    page.goto(path)
    expect(page.locator("#apply")).to_have_text(f"Rename {count - 1} files")
