import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, OpenPage
from tests.browser.test_accessibility import SCREENS, check, fits
from tests.serving import Site


def printed_address(site: Site) -> str:
    assert site.process.stdout is not None
    for line in site.process.stdout:
        if found := re.search(r"http://\S+/welcome/#token=\S+", line):
            return found[0]
    raise AssertionError("no set-up address was printed")


def make_account(page: Page) -> None:
    page.get_by_label("Username").fill("reader")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()


def test_the_printed_address_leads_to_an_account_and_a_processed_library(
    new_site: Site, open_page: OpenPage
) -> None:
    page = open_page()
    page.goto(printed_address(new_site))
    expect(page.get_by_label("Set-up token")).to_be_hidden()
    assert "token" not in page.url
    make_account(page)
    expect(page.get_by_text("Your library is set up already")).to_be_visible()
    # The scan is on its way, or done: the list fills by itself.
    expect(page.locator("tbody tr")).to_have_count(30)
    page.get_by_role("button", name="Process all").click()
    expect(page.locator("#job-head")).to_contain_text("Finished.")
    expect(page.locator('[data-field="percent"]')).to_have_text("100")
    page.get_by_role("link", name="Library").first.click()
    expect(page.get_by_role("link", name="Clean")).not_to_contain_text(re.compile(r"\b0\b"))


def test_nobody_gets_in_without_the_token(new_site: Site, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{new_site.address}/settings/")
    expect(page).to_have_url(re.compile("/welcome/$"))
    page.get_by_label("Set-up token").fill("guessed")
    make_account(page)
    expect(page.get_by_text("This is not the token that the server printed.")).to_be_visible()
    for screen in SCREENS.values():
        page = open_page(**screen)
        page.goto(f"{new_site.address}/welcome/")
        check(page)
        assert fits(page)


def test_a_pasted_token_and_a_typed_folder_do_as_well(
    new_site: Site, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(java_script_enabled=False)
    address, _, token = printed_address(new_site).partition("#token=")
    page.goto(address)
    page.get_by_label("Set-up token").fill(token)
    make_account(page)
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("button", name="Remove…").click()
    expect(page.get_by_text("Its files are untouched.")).to_be_visible()
    assert len(list((tmp_path / "comics").rglob("*.cb?"))) > 20
    page.goto(f"{new_site.address}/welcome/")
    page.get_by_label("Folder").fill("/no/such/folder")
    page.get_by_role("button", name="Use this folder and scan").click()
    expect(page.get_by_text("There is no folder “/no/such/folder” on this server.")).to_be_visible()
    page.get_by_label("Folder").fill(str(tmp_path / "comics"))
    page.get_by_role("button", name="Use this folder and scan").click()
    expect(page.get_by_role("heading", name="Scan")).to_be_visible()


def test_a_folder_is_looked_into_while_it_is_typed(
    site: Site, open_page: OpenPage, signed_in: Any, tmp_path: Path
) -> None:
    page = open_page(storage_state=signed_in)
    page.goto(f"{site.address}/settings/")
    folder = page.get_by_label("Folder", exact=True)
    folder.fill("/no/such/folder")
    expect(page.get_by_text("There is no folder “/no/such/folder”")).to_be_visible()
    live = page.locator("#prospect").element_handle()
    (tmp_path / "a.cbz").write_bytes(b"")
    folder.fill(str(tmp_path))
    expect(page.get_by_text("Found here: 1 CBZ")).to_be_visible()
    # Only what changes in an element that stays is announced.
    assert "Found here: 1 CBZ" in (live.text_content() or "")
    check(page, "folder")
