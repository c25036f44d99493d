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
from tests.jobs import work
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

ELSEWHERE = """
import os, sys
sys.path[0] = {root!r}
from jobs.pool import Slot
slot = Slot(["tests.jobs.poor", "tests.jobs.work"])
slot.call("os:getpid", (), timeout_seconds=20)
environment = [name for name in os.environ if name.startswith(("PYTHONP", "PYTHONS", "JOBS"))]
is_shared = slot.call("tests.jobs.work:forked_with", ("tests.jobs.work",), timeout_seconds=20)
print(is_shared, environment)
"""


@pytest.fixture
def slot() -> Iterator[Slot]:
    slot = Slot(["fractions", "no.such.module"])
    yield slot
    slot.stop()


def test_a_child_has_its_modules_before_the_first_call(slot: Slot) -> None:
    loaded = slot.call("tests.jobs.work:is_loaded", ("fractions",), timeout_seconds=20)
    assert loaded


@pytest.mark.parametrize("shadow", ["nothing", "jobs", "tests", "signal"])
def test_modules_are_had_before_the_fork_whatever_the_current_folder_holds(
    tmp_path: Path, shadow: str
) -> None:
    """One of the modules fails as it is imported."""
    (tmp_path / shadow).mkdir()
    (tmp_path / shadow / "__init__.py").write_text("raise SystemExit('the wrong one')")
    hidden = ("PYTHONPATH", "PYTHONSAFEPATH")
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE.format(root=str(ROOT))],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name not in hidden},
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("True []\n", "")


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


def failing(
    slot: Slot, monkeypatch: pytest.MonkeyPatch, failures: list[Exception | None]
) -> list[Exception | None]:
    """Making a child fails so; then no more. What is left of the list."""
    make = slot._make_child

    def make_or_fail() -> None:
        if failures and (failure := failures.pop(0)):
            raise failure
        make()

    monkeypatch.setattr(slot, "_make_child", make_or_fail)
    monkeypatch.setattr(pool, "AGAIN_SECONDS", (0.01, 0.01))
    return failures


def test_a_child_that_cannot_be_made_is_tried_again_a_few_times(
    slot: Slot, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = failing(slot, monkeypatch, [EOFError(), BlockingIOError(), None, *[OSError()] * 3])
    slot_pid(slot)
    slot.end_children()
    with pytest.raises(ItemError, match="could be started"):
        slot_pid(slot)
    assert not left
    slot_pid(slot)


def test_the_next_child_that_cannot_be_made_costs_no_result(
    slot: Slot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "CALLS_BEFORE_NEXT", 1)
    monkeypatch.setattr(pool, "CALLS_PER_CHILD", 2)
    left = failing(slot, monkeypatch, [None, EOFError()])
    first = slot_pid(slot)
    assert not left
    assert slot_pid(slot) == first
    assert slot_pid(slot) != first


def test_a_child_that_dies_before_it_is_ready_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "main", work.die_at_first)
    slot = Slot([str(tmp_path / "sign")])
    slot.warm()
    assert slot_pid(slot)
    assert (tmp_path / "sign").exists()
    slot.end_children()


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
