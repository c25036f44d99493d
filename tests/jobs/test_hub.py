"""What the hub keeps, and the chunks in which clients get it; without a server or a database."""

from collections import deque
from typing import Any

from jobs.hub import BURST, CHUNK_BYTES, NOTICES_LOST, Chunk, Entry, Hub
from jobs.stream_client import WRITE_NOW, Client
from jobs.stream_request import Request


def entry(revision: int, job: str = "a", *, size: int = 100) -> Entry:
    return Entry(revision, job, b"x" * size)


def numbered(entries: list[Entry]) -> list[tuple[int, Entry]]:
    return list(enumerate(entries))


def kept(*entries: Entry) -> Hub:
    """A hub that keeps these, and of which nothing else works."""
    hub = Hub.__new__(Hub)
    hub.first, hub._recent, hub._bytes, hub._newest, hub._chunks = 0, deque(), 0, {}, {}
    hub.burst = BURST
    for each in entries:
        hub._append(each)
    return hub


def test_a_chunk_has_all_that_fits_and_says_where_the_next_begins() -> None:
    chunk = Chunk.of(numbered([entry(n, size=CHUNK_BYTES // 4) for n in range(1, 8)]), end=7)
    assert [each.revision for each in chunk.entries] == [1, 2, 3, 4]
    assert (chunk.stop, chunk.position, len(chunk.text)) == (4, 4, CHUNK_BYTES)


def test_an_entry_larger_than_a_chunk_is_one() -> None:
    chunk = Chunk.of(numbered([entry(1, size=2 * CHUNK_BYTES), entry(2)]), end=2)
    assert ([each.revision for each in chunk.entries], chunk.stop) == ([1], 1)


def test_nothing_is_a_chunk_too() -> None:
    assert Chunk.of([], end=7) == Chunk(7, (), b"", 0)


def test_clients_that_are_as_far_share_a_chunk_until_there_is_more() -> None:
    hub = kept(entry(1), entry(2))
    first = hub.chunk(1)
    assert hub.chunk(1) is first
    hub._append(entry(3))
    assert [each.revision for each in hub.chunk(1).entries] == [2, 3]


def test_of_each_job_only_the_newest_in_the_order_of_revisions() -> None:
    hub = kept(entry(1), entry(2, "b"), entry(3), entry(4, "c"), entry(5, "b"))
    assert [each.revision for each in hub.newest(0).entries] == [3, 4, 5]
    assert [each.revision for each in hub.newest(3).entries] == [4, 5]
    assert hub.newest(5) == Chunk(5, (), b"", 0)


def test_whoever_gets_only_the_newest_is_told_that_notices_were_left_out() -> None:
    hub = kept(entry(0, ""), entry(1), entry(0, ""))
    assert [each.text for each in hub.newest(0).entries] == [b"x" * 100, NOTICES_LOST]


def reader(hub: Hub) -> tuple[Client, list[bytes]]:
    """A client that takes at once whatever it is given, and what it was given."""
    given: list[bytes] = []

    def write_now(text: bytes) -> bool:
        given.append(text)
        return True

    async def send(message: dict[str, Any]) -> None:
        raise AssertionError("its own task has nothing to do")

    scope = {"extensions": {WRITE_NOW: write_now}}
    client = Client(hub, Request(None, "", lost=False), send, scope)
    client.is_waiting = True
    return client, given


def test_a_client_gets_every_entry_in_chunks_without_its_task() -> None:
    hub = kept(*(entry(n, size=CHUNK_BYTES // 2) for n in range(1, 6)))
    client, given = reader(hub)
    client.wake()
    assert [len(text) for text in given] == [CHUNK_BYTES, CHUNK_BYTES, CHUNK_BYTES // 2]
    assert (client.cursor, client.position, client.news.is_set()) == (5, 5, False)


def test_in_a_crowd_a_burst_is_told_by_its_newest_entry() -> None:
    hub = kept(*(entry(n) for n in range(1, 6)))
    hub.burst = 3
    client, given = reader(hub)
    client.wake()
    assert [len(text) for text in given] == [100]
    assert (client.cursor, client.position) == (5, 5)


def test_what_a_client_does_not_take_is_left_to_its_task() -> None:
    client, given = reader(kept(entry(1)))
    client._write_now = lambda text: False
    client.wake()
    assert (client.cursor, client.news.is_set(), given) == (0, True, [])


def test_what_is_forgotten_is_no_longer_the_newest_of_its_job() -> None:
    hub = kept(entry(1), entry(2, "b"), entry(3, "c"))
    hub._forget_first()
    assert [each.revision for each in hub.newest(1).entries] == [2, 3]
    hub._append(entry(4, "b"))
    hub._forget_first()
    assert [each.revision for each in hub.newest(2).entries] == [3, 4]
