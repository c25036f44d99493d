"""A page that comes piece by piece, over a slow line or to a busy browser, is shown whole."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser import shifts
from tests.browser.conftest import OpenPage
from tests.serving import Site

PIECE_BYTES = 400
PAUSE_SECONDS = 0.015
"""About a frame."""


class SlowLine(BaseHTTPRequestHandler):
    """Pages in pieces; all else at once, and a stream that only says that it is open."""

    origin = ""
    is_over = Event()

    def do_GET(self) -> None:
        if "/events/" in self.path:
            self._begin(200, "text/event-stream")
            self.wfile.write(b"event: stream-open\ndata: {}\n\n")
            self.is_over.wait()
            return
        kept = {name: self.headers[name] for name in ("Cookie", "Accept") if name in self.headers}
        answer = httpx.get(self.origin + self.path, headers=kept)
        media_type = answer.headers.get("Content-Type", "")
        self._begin(answer.status_code, media_type)
        is_page = media_type.startswith("text/html")
        size = PIECE_BYTES if is_page else len(answer.content) or 1
        for start in range(0, len(answer.content), size):
            self.wfile.write(answer.content[start : start + size])
            time.sleep(PAUSE_SECONDS if is_page else 0)

    def _begin(self, status: int, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def slow_line(site: Site) -> Iterator[str]:
    is_over = Event()
    handler = type("Handler", (SlowLine,), {"origin": site.address, "is_over": is_over})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    is_over.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_while_the_rest_comes(
    slow_line: str, open_page: OpenPage, signed_in: Any, width: int
) -> None:
    page = open_page(storage_state=signed_in, viewport={"width": width, "height": 720})
    shifts.observe(page)
    page.goto(f"{slow_line}/?page_size=25")
    expect(page.locator("body")).to_have_attribute("data-connection", "live")
    assert not shifts.seen(page)
