import os
import signal
from collections.abc import Iterator

import pytest

from jobs.operations import ItemError
from jobs.pool import Slot


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


def slot_pid(slot: Slot) -> int:
    pid: int = slot.call("os:getpid", (), timeout_seconds=20)
    return pid
