"""No finding of axe on any page, in light and dark, on a desk and on a phone."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import shifts
from tests.browser.conftest import OpenPage
from tests.browser.pictures import keep
from tests.serving import Site
from tests.waiting import until

SCREENS = {
    "desk": {"viewport": {"width": 1280, "height": 860}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
PAGES = [
    "/",
    "/operations/",
    "/preview/rename/",
    "/preview/edit_tags/",
    "/?search=nothing+is+called+so",
    "/?panel=open&format=cbz&tagged=true",
    "/duplicates/",
    "/jobs/",
    "/jobs/?show=attention",
    "/history/",
    "/trash/",
    "/settings/",
]


_ALL = {"resultTypes": ["violations"]}
_CONTRAST = {**_ALL, "runOnly": ["color-contrast"]}


def check(page: Page, state: str = "") -> None:
    """In light and in dark colours; the second time only what colours decide."""
    for colours, options in (("light", _ALL), ("dark", _CONTRAST)):
        page.emulate_media(color_scheme=colours)
        keep(page, state)
        found = Axe().run(page, options=options).response["violations"]
        assert not [(each["id"], each["nodes"][0]["target"]) for each in found], (page.url, colours)


def fits(page: Page) -> bool:
    # Not beside `innerWidth`: on a phone that grows with a page that is too wide.
    assert page.viewport_size
    return int(page.evaluate("document.documentElement.scrollWidth")) <= page.viewport_size["width"]


@pytest.fixture(params=list(SCREENS))
def screen(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SCREENS[request.param]


def test_pages_for_people_signed_in(
    site: Site, open_page: OpenPage, signed_in: Any, screen: dict[str, Any]
) -> None:
    page = open_page(storage_state=signed_in, **screen)
    shifts.observe(page)
    for path in PAGES:
        page.goto(site.address + path)
        expect(page.locator("body")).to_have_attribute("data-connection", "live")
        check(page)
        assert fits(page), path
        assert not shifts.seen(page), path


def test_on_a_phone_columns_have_names_too(site: Site, open_page: OpenPage, signed_in: Any) -> None:
    page = open_page(storage_state=signed_in, **SCREENS["phone"])
    page.goto(f"{site.address}/")
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    said = [each["name"]["value"] for each in nodes if each["role"]["value"] == "columnheader"]
    assert {"Comic", "Status", "Format", "Pages", "Size", "Changed"} <= set(said)
    column = page.get_by_role("columnheader", name="Status")
    link = column.get_by_role("link")
    assert (column.bounding_box() or {})["height"] == 1
    link.focus()
    assert (column.bounding_box() or {})["height"] > 24


def test_pages_for_people_who_only_look(
    site: Site, open_page: OpenPage, viewer_signed_in: Any, screen: dict[str, Any]
) -> None:
    page = open_page(storage_state=viewer_signed_in, **screen)
    shifts.observe(page)
    preview = site.submit("rename", options={"template": "{series} x {issue:4}"}, dry_run=True)
    until(lambda: site.job(preview["job_id"])["status"] == "completed", "the preview")
    with site.client() as client:
        comic = client.get("/api/comics/?verdict=ok").json()["results"][0]
    job, one = f"/jobs/{preview['job_id']}/", f"/comics/{comic['id']}/"
    for path in ("/", one, job, "/duplicates/", "/jobs/", "/history/", "/trash/", "/account/"):
        page.goto(site.address + path)
        expect(page.locator("body")).to_have_attribute("data-connection", "live")
        check(page, "viewer")
        assert fits(page), path
        assert not shifts.seen(page), path
        assert page.get_by_role("button", name="Process").count() == 0, path
        for text in page.locator("tbody .name").all()[:3]:
            assert (text.bounding_box() or {"height": 0})["height"] < 100, path


def test_the_library_as_covers(
    site: Site, open_page: OpenPage, signed_in: Any, screen: dict[str, Any]
) -> None:
    page = open_page(storage_state=signed_in, **screen)
    page.context.add_cookies([{"name": "layout", "value": "grid", "url": site.address}])
    shifts.observe(page)
    page.goto(f"{site.address}/")
    page.locator("#rows input").first.check()
    expect(page.locator("#selection-bar")).to_be_visible()
    check(page, "covers")
    assert fits(page)
    assert not shifts.seen(page)


def test_a_job_running_asked_to_stop_and_ended_with_failures(
    site: Site, open_page: OpenPage, signed_in: Any, screen: dict[str, Any]
) -> None:
    job = site.submit("count", options={"count": 400, "pause_ms": 50, "broken": 3})
    page = open_page(storage_state=signed_in, **screen)
    page.goto(f"{site.address}/trash/")
    expect(page.locator("#strip")).to_contain_text("Running")
    check(page, "strip")
    page.goto(f"{site.address}/jobs/{job['job_id']}/")
    expect(page.locator("#rows tr").nth(4)).to_be_visible()
    check(page, "running")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    check(page, "asks")
    page.get_by_role("button", name="Cancel the job").click()
    expect(page.locator("#job-head")).to_contain_text("Cancelled after")
    check(page, "cancelled")
    assert fits(page)


def test_a_preview_and_a_job_that_ended_with_failures(
    site: Site, open_page: OpenPage, signed_in: Any, screen: dict[str, Any]
) -> None:
    page = open_page(storage_state=signed_in, **screen)
    preview = site.submit("rename", options={"template": "{series} a {issue:4}"}, dry_run=True)
    ended = site.submit("count", options={"count": 9, "broken": 4})
    for job, state, shows in (
        (preview, "previewed", "#preview-form"),
        (ended, "failures", "#job-head .notice-warn"),
    ):
        page.goto(f"{site.address}/jobs/{job['job_id']}/")
        expect(page.locator(shows)).to_be_visible()
        check(page, state)
        assert fits(page)


def test_a_page_that_cannot_hear_the_server(
    site: Site, open_page: OpenPage, signed_in: Any, screen: dict[str, Any]
) -> None:
    job = site.submit("count", options={"count": 300, "pause_ms": 100})
    page = open_page(storage_state=signed_in, expected="net::ERR_FAILED", **screen)
    page.route("**/api/**", lambda route: route.abort())
    page.goto(f"{site.address}/jobs/{job['job_id']}/")
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    check(page, "unreachable")
    with site.client() as client:
        client.post(f"/api/jobs/{job['job_id']}/cancel/")


def test_pages_for_strangers(site: Site, open_page: OpenPage, screen: dict[str, Any]) -> None:
    page = open_page(expected="404", **screen)
    for path in ("/login/", "/no/such/page/"):
        page.goto(site.address + path)
        check(page)


def test_the_smallest_phone(site: Site, open_page: OpenPage, signed_in: Any) -> None:
    page = open_page(storage_state=signed_in, viewport={"width": 320, "height": 640})
    for path in PAGES:
        page.goto(site.address + path)
        assert fits(page), path
