"""A real server, a real browser, and pages that fail their test on any complaint in the console."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.serving import Site, make_data_folder, make_new_data_folder, serving
from tests.waiting import until

PASSWORD = "correct horse battery"
COMICS = 60
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OpenPage = Callable[..., Page]

expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


# Playwright's loop runs as long as it is open, and Django's ORM refuses to work beside a running
# loop: so it is closed before the tests of other folders begin.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "the browser tests need chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose library of samples was scanned."""
    folder = tmp_path_factory.mktemp("site")
    data = make_data_folder(folder / "data", COMICS=str(folder / "comics"), WORKERS="2")
    data.manage("makesamples", str(folder / "comics"), "--count", str(COMICS))
    with serving(data) as site:
        until(lambda: is_scanned(site), "the scan")
        yield site


def is_scanned(site: Site) -> bool:
    with site.client() as client:
        libraries = client.get("/api/libraries/").json()["results"]
    return any(library["scanned_at"] for library in libraries)


@pytest.fixture
def new_site(tmp_path: Path) -> Iterator[Site]:
    """A server at its first start, with comics and no account."""
    data = make_new_data_folder(tmp_path / "data", COMICS=str(tmp_path / "comics"))
    data.manage("makesamples", str(tmp_path / "comics"), "--count", "30")
    with serving(data) as site:
        yield site


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open a page in a browser of its own; `expected` are complaints that are part of the test."""
    problems: list[str] = []
    contexts = []

    def open(*, expected: str = "(?!)", **options: Any) -> Page:
        def note(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and not re.search(expected, message.text):
                problems.append(f"{message.type}: {message.text}")

        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: problems.append(f"uncaught: {error}"))
        return page

    yield open
    for context in contexts:
        context.close()
    assert not problems


@pytest.fixture(scope="package")
def signed_in(browser: Browser, site: Site) -> Any:
    """The cookies of the administrator."""
    return sign_in(browser, site)


@pytest.fixture(scope="package")
def viewer_signed_in(browser: Browser, site: Site) -> Any:
    """The cookies of somebody who may look, and change nothing."""
    making = ("users", "create", "eve", "--role", "viewer", "--password-stdin")
    site.data.manage(*making, given=PASSWORD)
    return sign_in(browser, site, "eve")


def sign_in(browser: Browser, site: Site, username: str = "admin") -> Any:
    """A session's cookies, for `open_page`."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site.address}/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    state = context.storage_state()
    context.close()
    return state
