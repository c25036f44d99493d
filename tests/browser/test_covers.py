from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser import shifts
from tests.browser.conftest import COMICS, OpenPage
from tests.serving import Site


def cover(page: Page, name: str) -> Locator:
    return page.locator("tr", has_text=name).locator(".tile img").first


def test_rows_show_covers_without_moving_anything(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    shifts.observe(page)
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/cover?" in r.url else None)
    page.goto(f"{site.address}/?page_size=100&ordering=changed")
    for row in page.locator("tbody tr").all()[:5]:
        expect(row.locator(".tile img")).to_have_js_property("naturalWidth", 120)
    assert 5 <= len(asked) < COMICS
    assert not shifts.seen(page)


def test_a_comic_without_a_cover_keeps_its_coloured_tile(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    page.goto(f"{site.address}/?search=cut+off")
    expect(cover(page, "cut off")).to_have_js_property("naturalWidth", 1)
    expect(page.locator("tr .tile").first).to_be_visible()
