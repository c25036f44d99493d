import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jobs import errands
from jobs.errands import Busy, Errands
from jobs.operations import ItemError
from tests.jobs.work import Broken
from tests.waiting import until

WORK = "tests.jobs.work:"


def held(desk: Errands, gate: Path) -> Callable[[], object]:
    """A call that ends when the gate is there."""
    return lambda: desk.run(f"{WORK}wait_for", str(gate), timeout_seconds=60)


def test_answers_and_errors_come_back() -> None:
    desk = Errands()
    pid = desk.run("os:getpid", timeout_seconds=20)
    assert pid != os.getpid()
    with pytest.raises(Broken, match=r"It is broken\."):
        desk.run(f"{WORK}poison", "raise", timeout_seconds=20)
    with pytest.raises(ItemError, match="SIGKILL"):
        desk.run(f"{WORK}poison", "killed", timeout_seconds=20)
    with pytest.raises(ItemError, match=r"longer than 0\.2 s"):
        desk.run(f"{WORK}poison", "hang", timeout_seconds=0.2)
    assert desk.run("os:getpid", timeout_seconds=20) != pid


def test_an_error_of_time_that_the_function_raised_is_not_taken_for_a_wait() -> None:
    with pytest.raises(TimeoutError, match="its own"):
        Errands().run(f"{WORK}time_out", timeout_seconds=20)


def test_no_more_children_than_are_allowed_work_and_the_rest_waits(tmp_path: Path) -> None:
    desk, gate = Errands(children=2), tmp_path / "gate"
    with ThreadPoolExecutor(4) as people:
        calls = [people.submit(held(desk, gate)) for _ in range(4)]
        until(lambda: len(list(tmp_path.glob("at-*"))) == 2, "two children at the gate")
        assert not any(call.done() for call in calls)
        gate.touch()
        assert len({call.result() for call in calls}) == 2


def test_who_waits_for_too_long_is_told_so_and_is_not_served_in_vain(tmp_path: Path) -> None:
    desk, gate = Errands(children=1), tmp_path / "gate"
    with ThreadPoolExecutor(1) as person:
        first = person.submit(held(desk, gate))
        until(lambda: list(tmp_path.glob("at-*")), "the child at the gate")
        with pytest.raises(Busy):
            desk.run("os:mkdir", str(tmp_path / "late"), timeout_seconds=20, wait_seconds=0.05)
        gate.touch()
        first.result()
    desk.run("os:getpid", timeout_seconds=20)
    assert not (tmp_path / "late").exists()


def test_a_queue_that_is_full_takes_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errands, "MOST_WAITING", 1)
    desk, gate = Errands(children=1), tmp_path / "gate"
    with ThreadPoolExecutor(2) as people:
        calls = [people.submit(held(desk, gate))]
        until(lambda: list(tmp_path.glob("at-*")), "the child at the gate")
        calls.append(people.submit(held(desk, gate)))
        until(lambda: desk.waiting == 1, "one that waits")
        with pytest.raises(Busy):
            desk.run("os:getpid", timeout_seconds=20)
        gate.touch()
        assert [call.exception() for call in calls] == [None, None]


def test_a_child_that_nobody_needs_ends_and_another_comes() -> None:
    before = {thread.ident for thread in threading.enumerate()}
    desk = Errands(idle_seconds=0.01)
    pid = desk.run("os:getpid", timeout_seconds=20)
    until(lambda: not Path(f"/proc/{pid}").exists(), "the end of the child")
    until(lambda: {t.ident for t in threading.enumerate()} <= before, "the end of the thread")
    assert desk.run("os:getpid", timeout_seconds=20) != pid
