"""Pictures of pages in their states, kept in screenshots/ where SCREENSHOTS is set."""

import os
import re
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.serving import ROOT

FOLDER = ROOT / "screenshots"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def keep(page: Page, state: str = "") -> None:
    """Named for the page, its state, its width and its colours."""
    if not os.environ.get("SCREENSHOTS"):
        return
    address = urlsplit(page.url)
    words = _ID.sub("job", f"{address.path} {address.query} {state}")
    name = re.sub(r"\W+", "-", words).strip("-") or "library"
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    width = page.viewport_size["width"] if page.viewport_size else 0
    FOLDER.mkdir(exist_ok=True)
    page.screenshot(
        path=str(FOLDER / f"{name}-{width}-{'dark' if is_dark else 'light'}.png"), full_page=True
    )
