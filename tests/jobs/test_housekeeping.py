import threading
import time
from collections.abc import Iterator

import pytest

from jobs import housekeeping, operations
from jobs.housekeeping import Housekeeper, housekeepers
from jobs.operations import Check, Chore
from tests.waiting import until


@pytest.fixture
def chores(monkeypatch: pytest.MonkeyPatch) -> list[Chore]:
    """Those that are called, every 10 ms."""
    called: list[Chore] = []
    monkeypatch.setattr(operations, "chores", called)
    monkeypatch.setattr(housekeeping, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(housekeeping, "INTERVAL_SECONDS", 0.01)
    return called


@pytest.fixture
def housekeeper() -> Iterator[Housekeeper]:
    housekeeper = housekeepers()[0]
    yield housekeeper
    housekeeper.stop()


def test_chores_are_called_again_and_again(chores: list[Chore], housekeeper: Housekeeper) -> None:
    calls: list[str] = []
    chores += [lambda check: calls.append("one"), lambda check: calls.append("two")]
    housekeeper.start()
    until(lambda: len(calls) >= 4, "two rounds")
    assert calls[:4] == ["one", "two", "one", "two"]


def test_a_chore_that_fails_hinders_no_other(
    chores: list[Chore], housekeeper: Housekeeper, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[str] = []

    def broken(check: Check) -> None:
        raise OSError("the disk is gone")

    chores += [broken, lambda check: calls.append("next")]
    housekeeper.start()
    until(lambda: len(calls) >= 2, "two rounds")
    assert "broken" in caplog.text and "the disk is gone" in caplog.text


def test_a_stop_ends_a_chore_at_its_next_look(
    chores: list[Chore], housekeeper: Housekeeper
) -> None:
    busy = threading.Event()
    calls: list[str] = []

    def endless(check: Check) -> None:
        busy.set()
        while True:
            check()
            time.sleep(0.001)

    chores += [endless, lambda check: calls.append("next")]
    housekeeper.start()
    assert busy.wait(10)
    began = time.monotonic()
    housekeeper.stop()
    assert time.monotonic() - began < 1
    assert calls == []


def test_nothing_is_done_in_the_first_minutes(
    chores: list[Chore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "FIRST_SECONDS", 300)
    calls: list[str] = []
    chores.append(lambda check: calls.append("one"))
    housekeeper = housekeepers()[0]
    housekeeper.start()
    time.sleep(0.1)
    assert calls == []
    housekeeper.stop()


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_them_until_it_stops(
    chores: list[Chore], request: pytest.FixtureRequest
) -> None:
    names: set[str] = set()
    chores.append(lambda check: names.add(threading.current_thread().name))
    worker = request.getfixturevalue("worker")
    until(lambda: names == {"housekeeping"}, "a chore")
    worker.stop()
    worker.stop = lambda: None
    assert "housekeeping" not in {thread.name for thread in threading.enumerate()}


def test_a_tick_that_takes_long_holds_up_no_other(
    chores: list[Chore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "TICK_SECONDS", 0.01)
    calls: list[str] = []
    free = threading.Event()
    monkeypatch.setattr(
        operations, "ticks", [lambda check: free.wait(20), lambda check: calls.append("quick")]
    )
    keepers = housekeepers()
    for keeper in keepers:
        keeper.start()
    until(lambda: len(calls) >= 3, "three rounds")
    free.set()
    for keeper in keepers:
        keeper.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tick-")]
