"""How a folder is watched, as it stands just now, without a reload."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.serving import Site


def test_what_is_switched_elsewhere_shows_at_once(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in)
    page.goto(f"{site.address}/settings/")
    rail, standing = page.locator("#watching"), page.locator(".standing").first
    expect(rail).to_have_text("1 folder watched")
    expect(page.locator("#connection")).to_have_text("Live updates on")
    with site.client() as client:
        [library] = client.get("/api/libraries/").json()["results"]
        url = f"/api/libraries/{library['id']}/"
        client.patch(url, json={"watch": "off"})
        expect(rail).to_have_text("No folder is watched")
        expect(standing).to_contain_text("Not watched.")
        client.patch(url, json={"watch": "list"})
        expect(rail).to_have_text("1 folder watched")
        expect(standing).to_contain_text("Watched: what changes is noticed at once.")
