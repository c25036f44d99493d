"""Duplicates: found, chosen, previewed, moved to the trash, and brought back."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OpenPage, is_scanned, sign_in
from tests.browser.test_accessibility import SCREENS, check, fits
from tests.library.archives.making import zip_bytes
from tests.library.comics import comicinfo
from tests.library.drawing import page as drawn
from tests.serving import Site, make_data_folder, serving
from tests.waiting import until

PAGES = {f"{n:03}.jpg": drawn(n) for n in range(9)}
SMALL = {f"{n:03}.webp": drawn(n, size=(100, 150), form="WEBP") for n in range(9)}
TAGS = {"ComicInfo.xml": comicinfo(Series="Lantern", Number="1", Title="T")}


@pytest.fixture(scope="module")
def doubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A library with a comic, a smaller copy of it, and another comic; each test leaves them so."""
    folder = tmp_path_factory.mktemp("doubled")
    comics = folder / "comics"
    comics.mkdir()
    (comics / "Lantern 001.cbz").write_bytes(zip_bytes({**PAGES, **TAGS}))
    (comics / "small.cbz").write_bytes(zip_bytes(SMALL))
    other = {f"{n}.jpg": drawn(100 + n) for n in range(9)}
    (comics / "other.cbz").write_bytes(zip_bytes(other))
    with serving(make_data_folder(folder / "data", COMICS=str(comics), WORKERS="2")) as site:
        until(lambda: is_scanned(site), "the scan")
        yield site


def group(page: Page) -> Any:
    return page.locator(".duplicate-group")


def test_from_the_search_to_the_trash_and_back(
    doubled: Site, browser: Browser, open_page: OpenPage
) -> None:
    page = open_page(storage_state=sign_in(browser, doubled))
    page.goto(f"{doubled.address}/")
    page.get_by_role("link", name="Duplicates").first.click()
    expect(page.get_by_role("heading", name="Not looked for yet")).to_be_visible()
    page.get_by_role("button", name="Find duplicates").click()
    # The group appears by itself when the comics have been read and compared.
    expect(group(page)).to_have_count(1)
    expect(group(page)).to_contain_text("9 of 9 pages look alike")
    expect(page.get_by_role("radio", name="Keep Lantern 001.cbz")).to_be_checked()
    page.get_by_role("radio", name="Keep small.cbz").check()
    page.get_by_role("button", name="Move the others to the trash").click()
    expect(page.get_by_role("heading", name="Move to trash")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Lantern 001.cbz")
    page.locator("#apply").click()
    expect(page.locator("#job-head")).to_contain_text("applies a preview")
    page.get_by_role("link", name="Duplicates").first.click()
    expect(page.get_by_role("heading", name="No duplicates")).to_be_visible()
    names = sorted(file.name for file in Path(doubled.data.extra["COMICS"]).glob("*.cbz"))
    assert names == ["other.cbz", "small.cbz"]
    with doubled.client() as client:
        job = client.get("/api/jobs/?operation=trash").json()["results"][0]
        assert client.post(f"/api/jobs/{job['job_id']}/undo/", json={}).status_code == 201
    expect(group(page)).to_have_count(1)
    expect(page.get_by_role("radio", name="Keep small.cbz")).to_be_checked()


def test_no_duplicates_without_scripts(
    doubled: Site, browser: Browser, open_page: OpenPage
) -> None:
    page = open_page(storage_state=sign_in(browser, doubled), java_script_enabled=False)
    page.goto(f"{doubled.address}/duplicates/")
    page.get_by_role("button", name=re.compile("^Find")).click()
    until(
        lambda: bool(page.goto(page.url)) and group(page).count() == 1,
        "the group",
        every_seconds=0.3,
    )
    page.get_by_role("button", name="Not duplicates").click()
    expect(page.get_by_role("heading", name="No duplicates")).to_be_visible()
    page.get_by_role("link", name="No duplicates").click()
    page.get_by_role("button", name="Ask again").click()
    page.get_by_role("link", name=re.compile("^All")).click()
    expect(group(page)).to_have_count(1)


def test_no_finding_of_axe(doubled: Site, browser: Browser, open_page: OpenPage) -> None:
    state = sign_in(browser, doubled)
    doubled.submit("find_duplicates")
    for screen in SCREENS.values():
        page = open_page(storage_state=state, **screen)
        page.goto(f"{doubled.address}/duplicates/")
        expect(group(page)).to_have_count(1)
        check(page)
        assert fits(page)
