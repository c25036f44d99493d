from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from comicmaintainer import health
from jobs import lifecycle
from jobs.models import WorkerNode
from library.rar_readers import working_readers

pytestmark = pytest.mark.django_db


@pytest.fixture
def node() -> WorkerNode:
    return WorkerNode.objects.create(pk="one", host="here", pid=1, heartbeat=1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Its one number is the time in seconds."""
    time = [1000.0]
    monkeypatch.setattr(health, "monotonic", lambda: time[0])
    yield time
    health._seen.clear()


def test_strangers_may_ask_and_a_working_server_is_ok(client: Client, node: WorkerNode) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "worker": "running",
        "watcher": "off",
        "rar": working_readers(),
    }
    assert "no-store" in answer.headers["Cache-Control"]
    assert client.head("/health").status_code == 200
    assert client.post("/health").status_code == 405


def test_without_a_worker_it_is_well_as_long_as_no_job_waits(client: Client) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["worker"]) == (200, "none")
    lifecycle.submit("count", {})
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "error")


def test_a_worker_whose_heart_stands_still_does_not_run(
    client: Client, node: WorkerNode, clock: list[float]
) -> None:
    seen = []
    for heartbeat, seconds in ((1, 10), (1, 10), (2, 10), (2, 10)):
        WorkerNode.objects.update(heartbeat=heartbeat)
        seen.append(client.get("/health").json()["worker"])
        clock[0] += seconds
    assert seen == ["running", "running", "running", "running"]
    clock[0] += 10
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["worker"]) == (503, "stalled")


def test_where_a_worker_was_started_there_has_to_be_one(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "has_own_worker", True)
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["worker"]) == (503, "none")
    WorkerNode.objects.create(pk="one", host="here", pid=1, heartbeat=1)
    assert client.get("/health").status_code == 200


def test_a_process_that_answers_is_live_whatever_else_is(client: Client) -> None:
    def broken(*args: Any) -> None:
        raise OperationalError("disk I/O error")

    with connection.execute_wrapper(broken):
        answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_server_is_ready_as_soon_as_its_database_is_of_its_version(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_is_migrated", False)
    last = MigrationRecorder.Migration.objects.filter(app="library").last()
    assert last
    MigrationRecorder.Migration.objects.filter(pk=last.pk).delete()
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "error", "database": "not migrated"}
    last.save(force_insert=True)
    assert client.get("/health/ready").json() == {"status": "ok", "database": "ok"}
    assert client.get("/health/ready").status_code == 200


def test_a_server_without_its_database_is_not_ready(client: Client) -> None:
    def broken(*args: Any) -> None:
        raise OperationalError("disk I/O error")

    client.get("/health/ready")
    with connection.execute_wrapper(broken):
        answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["database"]) == (503, "error")


def test_a_database_that_does_not_answer_is_unhealthy(client: Client, admin: Any) -> None:
    def broken(*args: Any) -> None:
        raise OperationalError("disk I/O error")

    client.get("/health")  # So that the first run's check has its answer.
    with connection.execute_wrapper(broken):
        answer = client.get("/health")
    assert answer.status_code == 503
    assert (answer.json()["database"], answer.json()["worker"]) == ("error", "unknown")
