"""Pages ask no other server for anything, and need nothing that their policy forbids."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.serving import Site

PATHS = [
    "/",
    "/jobs/",
    "/settings/",
    "/settings/people/",
    "/account/",
    "/account/tokens/",
    "/about/",
    "/admin/",
    "/admin/jobs/job/",
]


def test_no_page_breaks_its_policy_or_asks_another_server(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)  # It fails on any complaint in the console.
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    for path in PATHS:
        answer = page.goto(site.address + path)
        assert answer is not None and answer.status == 200, path
        assert "unsafe" not in answer.headers["content-security-policy"]
    page.goto(f"{site.address}/api/docs/")
    page.get_by_text("/api/jobs/{job_id}/cancel/").first.click()
    expect(page.get_by_role("button", name="Try it out")).to_be_visible()
    assert [url for url in asked if not url.startswith((f"{site.address}/", "data:"))] == []
