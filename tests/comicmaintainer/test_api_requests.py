"""What a client may rely on: repeated requests, states as it knows them, orders, limits."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.timezone import now

from comicmaintainer import accounts, counting, first_run
from comicmaintainer.models import ApiToken, Role
from jobs import idempotency
from jobs.models import Job, JobRequest
from library.models import Comic, Library

pytestmark = pytest.mark.django_db

NEW = {"operation": "count", "all": True, "options": {"count": 2}}


@pytest.fixture
def api(admin: User) -> Client:
    first_run._done = True
    return Client(headers={"authorization": f"Token {ApiToken.objects.issue(admin, 'api')}"})


@pytest.fixture
def comic(tmp_path: Any) -> Comic:
    library = Library.objects.create(name="Comics", path=str(tmp_path))
    return Comic.objects.create(
        library=library, path="a.cbz", name="a.cbz", size_bytes=1, mtime_ns=0
    )


def new_job(api: Client, key: str, body: Any = NEW) -> Any:
    headers = {"idempotency-key": key}
    return api.post("/api/jobs/", body, "application/json", headers=headers)


def test_a_repeated_request_finds_the_same_job(api: Client) -> None:
    first, again = new_job(api, "one"), new_job(api, "one")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["job_id"] == again.json()["job_id"]
    assert new_job(api, "two").status_code == 201
    assert Job.objects.count() == 2


def test_a_key_is_for_one_request(api: Client) -> None:
    new_job(api, "one")
    answer = new_job(api, "one", {**NEW, "dry_run": True})
    assert (answer.status_code, list(answer.json())) == (409, ["detail"])
    assert Job.objects.count() == 1


def test_a_key_belongs_to_its_user(api: Client) -> None:
    new_job(api, "one")
    key = ApiToken.objects.issue(accounts.add("eva", Role.EDITOR), "hers")
    hers = Client(headers={"authorization": f"Token {key}"})
    assert new_job(hers, "one").status_code == 201


def test_a_request_that_was_refused_may_be_repeated(api: Client) -> None:
    assert new_job(api, "one", {**NEW, "options": {"count": "x"}}).status_code == 400
    assert new_job(api, "one").status_code == 201


def test_two_requests_at_the_same_time_make_one_job(api: Client, admin: User) -> None:
    new_job(api, "one")
    JobRequest.objects.update(job=None)  # As while the first one is being made.
    assert new_job(api, "one").status_code == 409
    JobRequest.objects.update(created_at=now() - timedelta(minutes=6))
    assert new_job(api, "one").status_code == 201


def test_a_key_is_forgotten_after_a_day(api: Client) -> None:
    new_job(api, "one")
    JobRequest.objects.update(created_at=now() - timedelta(hours=25))
    idempotency.forget_old(lambda: None)
    assert not JobRequest.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 201, "\u00e4", "a\tb"])
def test_a_key_that_is_none_is_refused(api: Client, key: str) -> None:
    assert new_job(api, key).status_code == 400
    assert not Job.objects.exists()


def test_a_comic_that_is_as_known_is_not_sent_again(api: Client, comic: Comic) -> None:
    address = f"/api/comics/{comic.pk}/"
    etag = api.get(address).headers["ETag"]
    same = api.get(address, headers={"if-none-match": f'"other", W/{etag}'})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
    Comic.objects.update(state="clean")
    changed = api.get(address, headers={"if-none-match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_tags_are_not_written_over_a_comic_that_changed(api: Client, comic: Comic) -> None:
    body = {"tags": {"Title": "New"}}
    headers = {"if-match": '"of another state"'}
    answer = api.patch(f"/api/comics/{comic.pk}/", body, "application/json", headers=headers)
    assert (answer.status_code, answer.json()) == (
        412,
        {"detail": "The comic has changed. Fetch it anew."},
    )
    assert not Job.objects.exists()


def test_lists_come_in_the_order_asked_for(api: Client, tmp_path: Any) -> None:
    for name in ("b", "a", "c"):
        Library.objects.create(name=name, path=str(tmp_path / name))
    answer = api.get("/api/libraries/?ordering=-name").json()
    assert [library["name"] for library in answer["results"]] == ["c", "b", "a"]
    for path in ("jobs", "history", "trash", "comics", "libraries"):
        for order in ("password", ",", "-,"):
            wrong = api.get(f"/api/{path}/?ordering={order}")
            assert (wrong.status_code, list(wrong.json())) == (400, ["ordering"])


def test_every_order_and_filter_that_the_schema_names_is_one(api: Client) -> None:
    asked = 0
    for path, calls in api.get("/api/schema/").json()["paths"].items():
        for parameter in calls.get("get", {}).get("parameters", []):
            schema = parameter["schema"]
            values = schema.get("items", schema).get("enum", [])
            if schema.get("type") == "boolean":
                values = ["true", "false", "1", "0", ""]
                for wrong in ("maybe", "null", "2"):
                    answer = api.get(path, {parameter["name"]: wrong})
                    assert (answer.status_code, list(answer.json())) == (400, [parameter["name"]])
            for value in values if parameter["in"] == "query" and "{" not in path else []:
                answer = api.get(path, {parameter["name"]: value})
                assert answer.status_code == 200, (path, parameter["name"], value, answer.content)
                asked += 1
    assert asked > 50


def test_jobs_are_ordered_by_all_their_errors(api: Client) -> None:
    for failed, conflict in ((1, 1), (0, 3), (1, 0)):
        Job.objects.create(operation="count", revision=1, failed=failed, conflict=conflict, total=3)
    found = api.get("/api/jobs/?ordering=-errors").json()["results"]
    assert [job["progress"]["errors"] for job in found] == [3, 2, 1]


@pytest.mark.parametrize("wrong", [{"tagged": "maybe"}, {"year": "0.5"}, {"year_to": "x"}])
def test_a_filter_that_makes_no_sense_selects_nothing(
    api: Client, comic: Comic, wrong: dict[str, str]
) -> None:
    answer = api.post("/api/jobs/", {"operation": "verify", "filter": wrong}, "application/json")
    assert answer.status_code == 400
    assert not Job.objects.exists()


@pytest.mark.parametrize("size", ["0", "x", "-1", "1.5", "1e2", "\u0661"])
def test_a_page_size_that_is_none_is_refused(api: Client, size: str) -> None:
    answer = api.get("/api/comics/", {"page_size": size})
    assert (answer.status_code, list(answer.json())) == (400, ["page_size"])


def test_who_calls_too_often_waits_and_nobody_else(api: Client, admin: User, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 3
    statuses = [api.get("/api/operations/").status_code for _ in range(5)]
    assert sorted(set(statuses)) == [200, 429]
    answer = api.get("/api/operations/")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert list(answer.json()) == ["detail"]
    other = Client(headers={"authorization": f"Token {ApiToken.objects.issue(admin, 'other')}"})
    assert other.get("/api/operations/").status_code == 200


def test_without_its_cache_the_site_goes_on(api: Client, monkeypatch: Any, settings: Any) -> None:
    asked = []

    def away(*args: Any, **kwargs: Any) -> None:
        asked.append(1)
        raise counting.RedisError

    settings.API_CALLS_PER_MINUTE = 1
    monkeypatch.setattr(counting, "cache", type("Away", (), {"add": away, "get": away}))
    monkeypatch.setattr(counting, "_rests_until", 0.0)
    assert [api.get("/api/operations/").status_code for _ in range(3)] == [200] * 3
    assert len(asked) == 1  # Then it is left alone for a while.


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff", 400),
        (b'{"operation": "count", "all": true, "options": {"count": 1e400}}', 400),
        (b'{"operation": "co\\u0000unt", "all": true}', 400),
        (b'{"operation": "count", "comics": [99999999999999999999]}', 400),
        (b'{"operation": null, "all": true}', 400),
        (b"[" * 5000 + b"]" * 5000, 400),
        (b'{"operation": "' + b"x" * 3_000_000 + b'"}', 413),
    ],
)
def test_malformed_and_huge_bodies_have_a_clear_answer(
    api: Client, body: bytes, status: int
) -> None:
    answer = api.post("/api/jobs/", body, "application/json")
    assert answer.status_code == status
    assert all(answer.json().values())


def test_every_operation_is_told_with_its_options(api: Client) -> None:
    schema = api.get("/api/schema/").json()
    schemas = schema["components"]["schemas"]
    names = [operation["name"] for operation in api.get("/api/operations/").json()]
    new = schemas["NewJob"]
    assert set(new["discriminator"]["mapping"]) == set(names)
    assert len(new["oneOf"]) == len(names)
    count = schemas["NewJob_count"]
    assert count["properties"]["operation"]["const"] == "count"
    assert count["properties"]["options"]["properties"]["count"]["type"] == "integer"
    stream = schema["paths"]["/api/events/stream"]["get"]
    assert "text/event-stream" in stream["responses"]["200"]["content"]
    for path, calls in schema["paths"].items():
        for method, call in calls.items():
            assert {"400", "401", "403", "404", "429"} <= set(call["responses"]), (method, path)
    assert json.dumps(schema)
