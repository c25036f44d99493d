import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs import pool
from jobs.operations import ItemError
from jobs.pool import Slot
from tests.serving import ROOT
from tests.waiting import until

HANGING = """
from jobs.pool import Slot
Slot([]).call("tests.jobs.work:tell_and_hang", (), timeout_seconds=600)
"""

ENDING = """
import os
from jobs.pool import Slot
Slot([]).warm()
os._exit(0)
"""


@pytest.fixture
def slot() -> Iterator[Slot]:
    slot = Slot(["fractions", "no.such.module"])
    yield slot
    slot.stop()


def test_a_child_has_its_modules_before_the_first_call(slot: Slot) -> None:
    loaded = slot.call("tests.jobs.work:is_loaded", ("fractions",), timeout_seconds=20)
    assert loaded


def test_each_call_has_a_limit_of_processor_time(slot: Slot) -> None:
    for seconds in (20, 50):
        left = slot.call("tests.jobs.work:processor_seconds_left", (), timeout_seconds=seconds)
        assert 2 * seconds <= left <= 2 * seconds + 2


def test_a_call_over_its_processor_time_fails_with_that_reason(slot: Slot) -> None:
    with pytest.raises(ItemError, match="more processor time"):
        slot.call("os:kill", (slot_pid(slot), signal.SIGXCPU), timeout_seconds=20)
    assert slot.call("os:getpid", (), timeout_seconds=20) != os.getpid()


def test_a_child_is_replaced_by_one_that_is_ready(
    slot: Slot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "CALLS_BEFORE_NEXT", 3)
    monkeypatch.setattr(pool, "CALLS_PER_CHILD", 4)
    first = [slot_pid(slot) for _ in range(3)]
    waiting = [each.pid for each in multiprocessing.active_children()]
    assert len(set(first)) == 1
    assert slot_pid(slot) == first[0]
    assert slot_pid(slot) in {*waiting} - {*first}


def test_children_that_died_idle_are_no_error(slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "CALLS_BEFORE_NEXT", 1)
    first = slot_pid(slot)
    idle = multiprocessing.active_children()
    assert len(idle) >= 2
    for child in idle:
        child.kill()
        child.join()
    assert slot_pid(slot) not in {first, *(each.pid for each in idle)}


def test_a_child_in_a_native_call_dies_with_the_worker() -> None:
    command = [sys.executable, "-c", HANGING]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        child = int(worker.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        worker.kill()
        until(lambda: not Path(f"/proc/{child}").exists(), "the end of the child")


def test_a_child_whose_worker_is_gone_before_it_begins_says_nothing() -> None:
    command = [sys.executable, "-c", ENDING]
    for _ in range(5):
        worker = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
        assert worker.stderr == ""


def test_a_child_dies_with_what_forked_it_and_another_comes(slot: Slot) -> None:
    child = slot_pid(slot)
    forker = slot.call("os:getppid", (), timeout_seconds=20)
    os.kill(forker, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{child}").exists(), "the end of the child")
    assert slot_pid(slot) != child
    assert slot.call("os:getppid", (), timeout_seconds=20) != forker


def slot_pid(slot: Slot) -> int:
    pid: int = slot.call("os:getpid", (), timeout_seconds=20)
    return pid
