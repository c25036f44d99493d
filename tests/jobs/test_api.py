from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from jobs import ledger, lifecycle, starting
from jobs.ledger import Done
from jobs.models import Job
from jobs.operations import Outcome, Result

pytestmark = pytest.mark.django_db

EVERYTHING: dict[str, Any] = {"operation": "count", "all": True}


@pytest.fixture
def api(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


def post(api: Client, url: str, body: Any = None) -> Any:
    return api.post(url, body or {}, content_type="application/json")


def count(**options: int) -> Job:
    return lifecycle.submit("count", {}, options=options)


def done(job: Job, *outcomes: str) -> Job:
    """The job, with its first items recorded as if a worker had done them."""
    starting.start(job, "node")
    items = ledger.claim(job, "node", len(outcomes))
    results = [Result(Outcome(outcome), message=f"It is {outcome}.") for outcome in outcomes]
    ledger.record(
        Done(item, "node", result, 5) for item, result in zip(items, results, strict=True)
    )
    job.refresh_from_db()
    return job


def test_a_job_is_created_as_the_contract_has_it(api: Client, admin: User) -> None:
    body = {**EVERYTHING, "options": {"count": 4}, "dry_run": True}
    answer = post(api, "/api/jobs/", body)
    assert answer.status_code == 201
    job = Job.objects.get()
    assert api.get(f"/api/jobs/{job.pk}/").json() == {**answer.json(), "current": []}
    shown = answer.json()
    assert shown.pop("created_at")
    assert shown == {
        "job_id": str(job.pk),
        "operation": "count",
        "status": "queued",
        "dry_run": True,
        "revision": job.revision,
        "progress": {"processed": 0, "total": 4, "success": 0, "errors": 0, "percentage": 0.0},
        "outcomes": {"changed": 0, "unchanged": 0, "skipped": 0, "conflict": 0, "failed": 0},
        "error": "",
        "started_at": None,
        "continued_at": None,
        "finished_at": None,
        "created_by": "admin",
        "source_job_id": None,
        "options": {"count": 4, "broken": 0, "pause_ms": 0},
        "scope": "",
        "cancelling": False,
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"operation": "dance"}, "operation"),
        ({"operation": 5}, "operation"),
        ({"operation": None}, "operation"),
        ({"operation": "x" * 60}, "operation"),
        ({"options": []}, "options"),
        ({"options": {"speed": 1}}, "options"),
        ({"options": {"count": "4"}}, "options"),
        ({"options": {"count": True}}, "options"),
        ({"options": {"count": -1}}, "options"),
        ({"options": {"count": 10**30}}, "options"),
        ({"options": {"count": [1]}}, "options"),
        ({"options": {"count": None}}, "options"),
        ({"options": {"count": 0}}, "selection"),
        ({"dry_run": "yes"}, "dry_run"),
        ({"dry_run": 1}, "dry_run"),
        ({"all": "true"}, "all"),
        ({"all": False}, "all"),
        ({"all": ...}, "selection"),
        ({"comics": [1]}, "selection"),
        ({"all": ..., "comics": 1}, "comics"),
        ({"all": ..., "comics": ["1"]}, "comics"),
        ({"all": ..., "comics": [10**30]}, "comics"),
        ({"all": ..., "filter": [1]}, "filter"),
        ({"all": ..., "library": "1"}, "library"),
        ({"all": ..., "library": 1.5}, "library"),
        ({"all": ..., "library": 10**30}, "library"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_a_bad_job_is_refused_with_the_field_at_fault(
    api: Client, change: dict[str, Any], field: str
) -> None:
    body = {key: value for key, value in {**EVERYTHING, **change}.items() if value is not ...}
    answer = post(api, "/api/jobs/", body)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert all(isinstance(text, str) for text in answer.json()[field])
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"operation": NaN}',
        b"\xff\xfe",
        b'{"operation": "\\u0000"}',
        b'{"operation": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"operation": "count", "filter": ' + b"[" * 50 + b"]" * 50 + b"}",
        b"[" * 100_000,
        b'{"operation": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_job_is_refused(api: Client, body: bytes) -> None:
    answer = api.post("/api/jobs/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()


def test_a_body_that_is_too_large_is_refused(api: Client) -> None:
    body = b'{"operation": "' + b"x" * 3_000_000 + b'"}'
    answer = api.post("/api/jobs/", body, content_type="application/json")
    assert (answer.status_code, list(answer.json())) == (413, ["detail"])


def test_a_body_that_is_no_json_is_refused(api: Client) -> None:
    answer = api.post("/api/jobs/", {"operation": "count"})
    assert (answer.status_code, list(answer.json())) == (415, ["detail"])


def test_jobs_are_listed_newest_first_and_unmade_ones_are_not(
    api: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    jobs = [count(count=1) for _ in range(3)]
    Job.objects.create(operation="count")
    with django_assert_num_queries(4):  # session, user, count, jobs
        page = api.get("/api/jobs/").json()
    assert [shown["job_id"] for shown in page["results"]] == [str(job.pk) for job in jobs[::-1]]
    assert (page["count"], page["next"], page["previous"]) == (3, None, None)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a plan of SQLite's")
def test_the_newest_jobs_are_read_without_the_others() -> None:
    listed = Job.objects.announced().order_by("-created_at", "pk")[:50]
    assert "INDEX job_newest" in listed.explain()
    for unfinished in (Job.objects.unfinished(), Job.objects.runnable()):
        assert "INDEX job_unfinished" in unfinished.order_by("created_at")[:20].explain()


def test_jobs_are_filtered_by_status_and_operation(api: Client) -> None:
    waiting, ended = count(count=1), lifecycle.cancel(count(count=1))
    later = lifecycle.submit("count_later", {})

    def listed(query: str) -> set[str]:
        return {shown["job_id"] for shown in api.get(f"/api/jobs/?{query}").json()["results"]}

    assert listed("status=cancelled") == {str(ended.pk)}
    assert listed("operation=count_later") == {str(later.pk)}
    assert listed("status=queued&operation=count") == {str(waiting.pk)}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("status=sleeping", 400),
        ("operation=dance", 400),
        ("status=%00", 400),
        ("page=0", 404),
        ("page=x", 404),
        ("page=" + "9" * 30, 404),
        ("page_size=x", 400),
        ("page_size=100000", 200),
    ],
)
def test_a_bad_query_of_the_list_is_no_server_error(api: Client, query: str, status: int) -> None:
    answer = api.get(f"/api/jobs/?{query}")
    assert answer.status_code == status
    assert answer.json()


def test_a_job_that_is_not_there_is_not_found(api: Client) -> None:
    for job_id in (uuid4(), "nonsense", "%00", 5):
        for call in ("", "items/"):
            answer = api.get(f"/api/jobs/{job_id}/{call}")
            assert (answer.status_code, list(answer.json())) == (404, ["detail"])
        assert post(api, f"/api/jobs/{job_id}/cancel/").status_code == 404


def test_a_job_is_paused_resumed_and_cancelled(api: Client) -> None:
    url = f"/api/jobs/{count(count=1).pk}/"
    for move, status in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled")):
        answer = post(api, f"{url}{move}/")
        assert (answer.status_code, answer.json()["status"]) == (200, status)


def test_what_the_state_does_not_allow_is_a_conflict(api: Client) -> None:
    running, ended = count(count=1), lifecycle.cancel(count(count=1))
    refused = [
        post(api, f"/api/jobs/{ended.pk}/cancel/"),
        post(api, f"/api/jobs/{ended.pk}/pause/"),
        post(api, f"/api/jobs/{ended.pk}/retry/"),
        post(api, f"/api/jobs/{running.pk}/resume/"),
        post(api, f"/api/jobs/{running.pk}/retry/"),
        api.delete(f"/api/jobs/{running.pk}/"),
    ]
    assert [(answer.status_code, list(answer.json())) for answer in refused] == [
        (409, ["detail"])
    ] * 6


def test_a_retry_is_a_new_job_over_what_failed(api: Client) -> None:
    job = done(count(count=3), "changed", "failed", "conflict")
    answer = post(api, f"/api/jobs/{job.pk}/retry/")
    assert answer.status_code == 201
    assert answer.json()["source_job_id"] == str(job.pk)
    assert answer.json()["progress"]["total"] == 2


def test_a_finished_job_can_be_forgotten(api: Client) -> None:
    job = lifecycle.cancel(count(count=1))
    assert api.delete(f"/api/jobs/{job.pk}/").status_code == 204
    assert not Job.objects.exists()


def test_items_are_listed_as_the_contract_has_them(api: Client) -> None:
    job = done(count(count=5), "changed", "failed")
    page = api.get(f"/api/jobs/{job.pk}/items/").json()
    assert page == {
        "count": 2,
        "next": None,
        "previous": None,
        "results": [
            {
                "n": n,
                "position": n,
                "comic_id": None,
                "path": f"folder/item {n}",
                "outcome": outcome,
                "message": f"It is {outcome}.",
                "changes": [],
                "duration_ms": 5,
            }
            for n, outcome in ((1, "changed"), (2, "failed"))
        ],
    }


def test_items_are_paged_by_the_number_of_the_last_one_seen(
    api: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    job = done(count(count=7), *["changed", "failed"] * 3, "changed")
    url: str | None = f"/api/jobs/{job.pk}/items/?page_size=3"
    pages: list[list[int]] = []
    while url:
        with django_assert_num_queries(4 + bool(pages)):  # session, user, job, items, before
            page = api.get(url).json()
        assert page["count"] == 7
        pages.append([item["n"] for item in page["results"]])
        url = page["next"]
    assert pages == [[1, 2, 3], [4, 5, 6], [7]]
    back = api.get(page["previous"]).json()
    assert [item["n"] for item in back["results"]] == [4, 5, 6]
    first = api.get(back["previous"]).json()
    assert ([item["n"] for item in first["results"]], first["previous"]) == ([1, 2, 3], None)


def test_items_are_filtered_by_outcome(api: Client) -> None:
    job = done(count(count=6), *["changed", "failed"] * 3)
    page = api.get(f"/api/jobs/{job.pk}/items/?outcome=failed&after=2").json()
    assert (page["count"], [item["n"] for item in page["results"]]) == (3, [4, 6])


@pytest.mark.parametrize(
    "query",
    ["outcome=odd", "outcome=%00", "after=x", "after=-1", f"after={10**30}", "page_size=0"]
    + ["page_size=201", "after=%00", "after=1.5"],
)
def test_a_bad_query_of_the_items_is_refused(api: Client, query: str) -> None:
    answer = api.get(f"/api/jobs/{count(count=1).pk}/items/?{query}")
    assert (answer.status_code, list(answer.json())) == (400, [query.partition("=")[0]])


def test_operations_are_listed_with_their_options(api: Client) -> None:
    operations = {shown["name"]: shown for shown in api.get("/api/operations/").json()}
    assert operations["count"] == {
        "name": "count",
        "label": "Count",
        "summary": "Does nothing, for tests.",
        "options": {
            "type": "object",
            "properties": {
                "count": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 1000000,
                    "title": "Count",
                    "default": 3,
                },
                "broken": {"type": "integer", "minimum": 0, "title": "Broken", "default": 0},
                "pause_ms": {"type": "integer", "minimum": 0, "title": "Pause ms", "default": 0},
            },
            "required": [],
            "additionalProperties": False,
        },
    }
    assert {"scan", "process"} <= set(operations)
