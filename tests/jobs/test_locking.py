import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from jobs import locking
from jobs.locking import Locked, server_lock, worker_lock
from jobs.models import WorkerNode

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


only_sqlite = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL is for several machines"
)


@pytest.mark.parametrize("lock", [server_lock, pytest.param(worker_lock, marks=only_sqlite)])
def test_a_second_one_is_refused_until_the_first_has_gone(lock: Any, folder: Path) -> None:
    with lock():
        text = rf"Another \w+ already .* {re.escape(str(folder))}\. Stop it .* \(jobs\.E002\)"
        with pytest.raises(Locked, match=text), lock():
            pass
    with lock():
        pass


def node(host: str) -> WorkerNode:
    return WorkerNode.objects.create(pk=host, host=host, pid=1, heartbeat=7)


def beating(seconds: float) -> None:
    WorkerNode.objects.update(heartbeat=F("heartbeat") + 1)


@only_sqlite
def test_a_worker_that_lives_on_another_machine_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node("nas")
    monkeypatch.setattr(locking.time, "sleep", beating)
    with pytest.raises(Locked, match=r"“nas” .* DATABASE_URL\. \(jobs\.E003\)"), worker_lock():
        pass


def test_a_worker_that_died_on_another_machine_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node("nas")
    monkeypatch.setattr(locking, "LOOK_SECONDS", 0.01)
    with worker_lock():
        pass


def test_rows_of_this_machine_cost_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    node(locking.socket.gethostname())
    monkeypatch.setattr(locking.time, "sleep", lambda seconds: pytest.fail("it waited"))
    with worker_lock():
        pass
