"""The pages can be put on a home screen as a program of their own."""

import json
from typing import Any
from urllib.parse import urljoin

from tests.browser.conftest import OpenPage
from tests.serving import Site


def test_chromium_finds_all_it_needs_to_install_the_pages(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    page.goto(f"{site.address}/")
    tools = page.context.new_cdp_session(page)
    found = tools.send("Page.getAppManifest")
    assert found["errors"] == []
    # The tests' own windows are private ones, which nothing is installed from.
    errors = tools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [each["errorId"] for each in errors] == ["in-incognito"]
    icons = [urljoin(found["url"], icon["src"]) for icon in json.loads(found["data"])["icons"]]
    touch = page.locator("link[rel=apple-touch-icon]").get_attribute("href")
    for address in [*icons, urljoin(site.address, touch)]:
        assert page.request.get(address).ok, address
