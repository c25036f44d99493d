import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.utils.timezone import now
from prometheus_client.parser import text_string_to_metric_families

from comicmaintainer.models import ApiToken
from jobs import lifecycle, measures
from jobs.models import Job, WorkerNode
from library.models import Comic, Library, TrashedFile
from tests.waiting import until

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]


def read(client: Client) -> dict[str, float]:
    """Each sample, with its labels as Prometheus writes them."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.content
    assert answer.headers["Content-Type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.content.decode())
    samples = [sample for family in families for sample in family.samples]
    return {
        f"{sample.name}{dict(sorted(sample.labels.items())) or ''}": sample.value
        for sample in samples
    }


def test_strangers_get_nothing(client: Client, admin: User, settings: Any) -> None:
    settings.METRICS_TOKEN = "for the monitor"
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic Og=="}):
        answer = client.get("/metrics", headers=header)
        assert answer.status_code == 401
        assert answer.json() == {"detail": "Sign in, or send a token."}
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_without_a_token_set_an_empty_one_opens_nothing(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for header in ("Bearer ", "Bearer", "Token "):
        assert client.get("/metrics", headers={"Authorization": header}).status_code == 401


def test_a_session_an_api_token_and_the_monitors_token_may_read(
    client: Client, admin: User, settings: Any
) -> None:
    settings.METRICS_TOKEN = "for the monitor"
    key = ApiToken.objects.issue(admin, "")
    for header in ("Bearer for the monitor", f"Token {key}", f"Bearer {key}"):
        assert client.get("/metrics", headers={"Authorization": header}).status_code == 200
    client.force_login(admin)
    assert client.get("/metrics").status_code == 200


def test_jobs_and_the_engine_are_counted(client: Client, admin: User) -> None:
    client.force_login(admin)
    WorkerNode.objects.create(pk="one", host="here", pid=1, threads=3)
    ended = Job.objects.create(
        operation="process",
        status="completed",
        revision=1,
        total=5,
        changed=3,
        failed=2,
        started_at=now() - timedelta(seconds=20),
        finished_at=now(),
    )
    lifecycle.submit("count", {}, options={"count": 7})
    Job.objects.filter(status="queued").update(created_at=now() - timedelta(hours=1))
    found = read(client)
    assert found["comicmaintainer_jobs{'status': 'completed'}"] == 1
    assert found["comicmaintainer_jobs{'status': 'queued'}"] == 1
    assert found["comicmaintainer_jobs{'status': 'failed'}"] == 0
    assert found["comicmaintainer_job_items{'outcome': 'changed'}"] == 3
    assert found["comicmaintainer_job_items{'outcome': 'failed'}"] == 2
    assert found["comicmaintainer_job_items{'outcome': 'pending'}"] == 7
    assert 3600 <= found["comicmaintainer_oldest_waiting_job_seconds"] < 3700
    assert found["comicmaintainer_worker_threads"] == 3
    assert found["comicmaintainer_workers_alive"] == 1
    assert found["comicmaintainer_open_streams"] == 0
    assert found["comicmaintainer_queue_messages"] >= 1
    name = "comicmaintainer_job_duration_seconds"
    assert found[f"{name}_bucket{{'le': '10.0', 'operation': 'process'}}"] == 0
    assert found[f"{name}_bucket{{'le': '30.0', 'operation': 'process'}}"] == 1
    assert found[f"{name}_count{{'operation': 'process'}}"] == 1
    assert found[f"{name}_sum{{'operation': 'process'}}"] == pytest.approx(20, abs=1)
    ended.delete()


def test_comics_and_the_trash_are_counted(client: Client, admin: User) -> None:
    client.force_login(admin)
    library = Library.objects.create(name="Mine", path="/nowhere")
    for n, (state, verdict, present) in enumerate(
        [("clean", "ok", True), ("clean", "damaged", True), ("needs_work", "ok", False)]
    ):
        Comic.objects.create(
            library=library,
            path=f"{n}",
            name=f"{n}",
            state=state,
            verdict=verdict,
            present=present,
            size_bytes=100,
        )
    TrashedFile.objects.create(library=library, name="x", path="x", size_bytes=5000)
    found = read(client)
    assert found["comicmaintainer_comics{'state': 'clean'}"] == 2
    assert found["comicmaintainer_comics{'state': 'needs_work'}"] == 0
    assert found["comicmaintainer_comics_bytes"] == 200
    assert found["comicmaintainer_comics_read{'verdict': 'damaged'}"] == 1
    assert found["comicmaintainer_comics_missing"] == 1
    assert found["comicmaintainer_trash_files"] == 1
    assert found["comicmaintainer_trash_bytes"] == 5000
    assert found["comicmaintainer_webhook_deliveries{'status': 'pending'}"] == 0


@pytest.mark.django_db(transaction=True)
def test_items_are_timed_as_they_are_recorded(client: Client, admin: User, worker: Any) -> None:
    client.force_login(admin)
    name = "comicmaintainer_item_duration_seconds_count{'operation': 'count'}"
    measures.store()  # what other tests have left
    before = read(client).get(name, 0)
    lifecycle.submit("count", {}, options={"count": 4})
    until(lambda: read(client).get(name) == before + 4, "the worker's next heartbeat")


def test_no_query_goes_over_the_items(
    client: Client, admin: User, django_assert_max_num_queries: Any
) -> None:
    client.force_login(admin)
    with django_assert_max_num_queries(16) as captured:
        read(client)
    assert not [query for query in captured.captured_queries if "jobs_jobitem" in query["sql"]]


def test_a_database_that_is_away_is_said(client: Client, settings: Any, admin: User) -> None:
    settings.METRICS_TOKEN = "for the monitor"

    def broken(*args: Any) -> None:
        raise OperationalError("disk I/O error")

    with connection.execute_wrapper(broken):
        answer = client.get("/metrics", headers={"Authorization": "Bearer for the monitor"})
    assert answer.status_code == 503


def test_every_metric_is_documented_and_no_other(client: Client, admin: User) -> None:
    client.force_login(admin)
    text = client.get("/metrics").content.decode()
    given = set(re.findall(r"^# TYPE (comicmaintainer_\w+) (?:gauge|histogram)", text, re.M))
    # Of a histogram there is a gauge of when each of its series was made.
    given = {name for name in given if not name.endswith("_created")}
    rows = re.findall(r"^\|.*", (ROOT / "docs" / "monitoring.md").read_text(), re.M)
    documented = set(re.findall(r"`(comicmaintainer_\w+)`", "".join(rows)))
    assert documented == given
