"""A reader of the event stream, as a client in another process would be."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.serving import Site
from tests.waiting import LIMIT_SECONDS

TERMINAL = {"completed", "failed", "cancelled"}


@dataclass
class Received:
    type: str
    id: str
    data: Any


def parse(lines: Iterator[str]) -> Iterator[Received]:
    """Server-sent events as the HTML Living Standard, section 9.2.6, reads them."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
            continue
        if "event" in fields:
            data = fields.get("data", "")
            yield Received(fields["event"], fields.get("id", ""), json.loads(data or "null"))
        fields = {}


@dataclass
class Listener:
    """Reads a stream in a thread until `stop_when` of an event, or until closed."""

    site: Site
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    stop_when: Callable[[Received], bool] = lambda event: False

    def __post_init__(self) -> None:
        self.events: list[Received] = []
        self.status = 0
        self.opened = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with suppress(httpx.TransportError), self.site.client() as client:
            url = f"/api/events/stream{self.query}"
            with client.stream("GET", url, headers=self.headers, timeout=LIMIT_SECONDS) as answer:
                self.status = answer.status_code
                for event in parse(answer.iter_lines()):
                    self.events.append(event)
                    if event.type == "stream-open":
                        self.opened.set()
                    if self.stop_when(event):
                        return

    def wait_open(self) -> "Listener":
        assert self.opened.wait(LIMIT_SECONDS), "the stream did not open"
        return self

    def wait(self) -> "Listener":
        """Until the thread ended by itself."""
        self._thread.join(LIMIT_SECONDS)
        assert not self._thread.is_alive(), f"still waiting after {len(self.events)} events"
        return self

    def updates(self, job_id: str) -> list[dict[str, Any]]:
        """The data of this job's `job_updated` events."""
        found = [event.data["data"] for event in self.events if event.type == "job_updated"]
        return [data for data in found if data["job_id"] == job_id]


def ended(event: Received) -> bool:
    return event.type == "job_updated" and event.data["data"]["status"] in TERMINAL


def assert_every_item(updates: list[dict[str, Any]], total: int) -> None:
    """From a stream that was open before the job: each of its events, once and in order."""
    revisions = [update["revision"] for update in updates]
    assert revisions == sorted(set(revisions))
    items = [update["item"] for update in updates if "item" in update]
    assert [item["n"] for item in items] == list(range(1, total + 1))
    assert sorted(item["position"] for item in items) == list(range(1, total + 1))
    statuses = [update["status"] for update in updates]
    assert statuses == ["queued", "processing", *["processing"] * total, "completed"]
    assert updates[-1]["progress"]["processed"] == total
