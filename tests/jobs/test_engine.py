"""The queue in a file, between the threads of a process."""

import threading
from pathlib import Path

import pytest

from jobs import engine


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> engine.WakingStorage:
    monkeypatch.setattr(engine, "LOOK_SECONDS", 3600)
    return engine.WakingStorage("test", filename=str(tmp_path / "queue.sqlite3"))


def test_a_thread_that_waits_is_told_of_a_message(storage: engine.WakingStorage) -> None:
    threads = [threading.Thread(target=storage.dequeue, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in threads:
        storage.enqueue(b"work")
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_a_message_that_came_before_is_not_waited_for(storage: engine.WakingStorage) -> None:
    storage.enqueue(b"work")
    assert storage.dequeue() == b"work"


def test_messages_of_other_processes_are_looked_for(
    storage: engine.WakingStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LOOK_SECONDS", 0.01)
    other = engine.SqliteStorage("test", filename=storage.filename)
    assert storage.dequeue() is None
    other.enqueue(b"work")
    assert storage.dequeue() == b"work"
