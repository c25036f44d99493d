from collections.abc import Iterator
from threading import Event

import pytest

from library import rar_readers
from library.archives.cbr import ReaderSupport
from tests.waiting import until


def known() -> list[str]:
    until(lambda: rar_readers.working_readers() is not None, "the trial")
    return rar_readers.working_readers() or []


@pytest.fixture(autouse=True)
def untried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    rar_readers._trial.cache_clear()
    yield
    monkeypatch.undo()
    rar_readers._trial.cache_clear()
    known()


def test_who_asks_does_not_wait_and_those_that_work_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow, tries = Event(), []

    def available() -> tuple[ReaderSupport, ...]:
        tries.append(slow.wait(60))
        return (ReaderSupport("first", ("RAR4", "RAR5")), ReaderSupport("second", ()))

    monkeypatch.setattr(rar_readers, "_available_readers", available)
    rar_readers.begin()
    assert rar_readers.working_readers() is None
    slow.set()
    assert known() == ["first"]
    assert tries == [True]


def test_pip_alone_brings_one() -> None:
    assert known()[0] == "unrar2-cffi"


def test_a_trial_that_failed_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([OSError(28, "No space left on device"), (ReaderSupport("one", ("RAR5",)),)])

    def available() -> object:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    monkeypatch.setattr(rar_readers, "_available_readers", available)
    assert known() == ["one"]
