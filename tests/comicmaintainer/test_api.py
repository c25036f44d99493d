"""What all calls of the API have in common."""

import json
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import UUIDConverter

from comicmaintainer.models import ApiToken

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(admin: User) -> str:
    return ApiToken.objects.issue(admin, "for tests")


def api_urls() -> list[str]:
    """Every address under /api/, with some value for each of its parts."""
    (api,) = [p for p in get_resolver().url_patterns if str(p.pattern) == "api/"]
    assert isinstance(api, URLResolver)
    patterns = [p for p in api.url_patterns if isinstance(p, URLPattern)]
    urls = ["/api/" + filled(pattern) for pattern in patterns]
    return [*urls, "/api/nonsense", "/api/jobs", "/api/jobs/nonsense/"]


def filled(pattern: URLPattern) -> str:
    route = "" if pattern.name is None else str(pattern.pattern)
    for name, converter in pattern.pattern.converters.items():
        kind = "uuid" if isinstance(converter, UUIDConverter) else "int"
        route = route.replace(f"<{kind}:{name}>", str(uuid4()) if kind == "uuid" else "1")
    return route


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options", "head"])
def test_strangers_get_nothing_but_401_as_json(client: Client, method: str) -> None:
    urls = api_urls()
    assert len(urls) > 15
    for url in urls:
        answer = getattr(client, method)(url)
        assert (url, answer.status_code) == (url, 401)
        assert answer.headers["Content-Type"] == "application/json"
        assert method == "head" or list(json.loads(answer.content)) == ["detail"]


def test_no_address_has_a_part_that_the_walk_does_not_fill() -> None:
    assert not [url for url in api_urls() if "<" in url]


def test_a_wrong_token_and_an_inactive_users_get_401(client: Client, admin: User, key: str) -> None:
    for header in ("Token nonsense", "Token", "Token \xff", f"Token {key} {key}"):
        assert client.get("/api/jobs/", headers={"authorization": header}).status_code == 401
    User.objects.update(is_active=False)
    answer = client.get("/api/jobs/", headers={"authorization": f"Token {key}"})
    assert (answer.status_code, list(answer.json())) == (401, ["detail"])


def test_a_token_signs_in_without_a_session_or_csrf(key: str) -> None:
    client = Client(enforce_csrf_checks=True, headers={"authorization": f"Token {key}"})
    assert client.get("/api/jobs/").status_code == 200
    answer = client.post("/api/jobs/", {"operation": "dance"}, content_type="application/json")
    assert answer.status_code == 400


def test_a_session_needs_the_csrf_token_to_change_anything(admin: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    assert client.get("/api/jobs/").status_code == 200
    answer = client.post("/api/jobs/", {"operation": "dance"}, content_type="application/json")
    assert (answer.status_code, list(answer.json())) == (403, ["detail"])


def test_what_is_not_there_and_what_cannot_be_done_is_json(client: Client, admin: User) -> None:
    client.force_login(admin)
    for url in ("/api/", "/api/nonsense/", "/api/jobs", "/api/events/stream/no", "/api/%00/"):
        answer = client.get(url)
        assert (url, answer.status_code, list(answer.json())) == (url, 404, ["detail"])
    answer = client.put("/api/jobs/")
    assert (answer.status_code, list(answer.json())) == (405, ["detail"])
    assert client.get("/api/jobs/?format=xml").status_code == 200


def test_the_schema_is_whole_and_says_what_can_go_wrong(client: Client, admin: User) -> None:
    client.force_login(admin)
    schema = client.get("/api/schema/").json()
    assert {"/api/jobs/", "/api/comics/{id}/", "/api/libraries/{id}/scan/"} <= set(schema["paths"])
    create = schema["paths"]["/api/jobs/"]["post"]
    assert {"201", "400", "401", "409", "413"} <= set(create["responses"])
    assert {"token": []} in create["security"]


def test_the_schema_is_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn")
    assert "openapi: 3.1.0" in capsys.readouterr().out


def test_the_readable_schema_asks_no_other_server(client: Client, admin: User) -> None:
    client.force_login(admin)
    page = client.get("/api/docs/")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "style-src 'self';" in page.headers["Content-Security-Policy"]
    text = page.content.decode()
    assert "<style" not in text and "://" not in text
    assert text.count("<script src=") == text.count("<script") == 3
    script = client.get("/api/docs/?script=")
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert b"/api/schema/" in script.content
