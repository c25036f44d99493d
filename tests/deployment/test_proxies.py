"""nginx and Caddy as deploy/ sets them up: TLS, live events, a base path, what clients claim."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.deployment.fronts import DEPLOY, PROGRAMS, Front, fronting
from tests.listening import Listener
from tests.serving import ADMINISTRATOR, Site, make_data_folder, serving
from tests.waiting import until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = make_data_folder(
        tmp_path_factory.mktemp("site") / "data",
        WORKERS="1",
        BASE_PATH="/comics",
        BEHIND_PROXY="1",
        HTTPS_ONLY="yes",
        ALLOWED_HOSTS="localhost",
    )
    with serving(data) as site:
        yield site


@pytest.fixture(scope="module", params=sorted(PROGRAMS))
def front(
    server: Site, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    if PROGRAMS[request.param] is None:
        pytest.skip(f"{request.param} is not installed")
    port = int(server.address.rpartition(":")[2])
    folder = tmp_path_factory.mktemp(request.param)
    with fronting(request.param, folder, server_port=port) as front:
        yield front


@pytest.fixture
def site(server: Site, front: Front, monkeypatch: pytest.MonkeyPatch) -> Site:
    """As a client reaches it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(front.certificate))
    return Site(server.process, f"{front.address}/comics", server.data)


def test_live_events_come_through_at_once(site: Site) -> None:
    listener = Listener(site).wait_open()
    # It has not ended, so little has been written: what was held back until there is more of it
    # would not arrive.
    job = str(site.submit("count", options={"count": 20, "pause_ms": 2_000})["job_id"])
    until(lambda: bool(listener.updates(job)), "the job's first event")
    with site.client() as client:
        client.post(f"/api/jobs/{job}/pause/")
        until(lambda: listener.updates(job)[-1]["status"] == "paused", "the pause")
        client.post(f"/api/jobs/{job}/cancel/")


def test_people_sign_in_and_their_cookies_never_travel_in_clear(site: Site) -> None:
    with httpx.Client(base_url=site.address) as client:
        page = client.get("/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert page.status_code == 200 and token
        form = {
            "csrfmiddlewaretoken": token[1],
            "username": ADMINISTRATOR["DJANGO_SUPERUSER_USERNAME"],
            "password": ADMINISTRATOR["DJANGO_SUPERUSER_PASSWORD"],
        }
        answer = client.post("/login/", data=form, headers={"Referer": f"{site.address}/login/"})
        assert (answer.status_code, answer.headers["Location"]) == (302, "/comics/")
        cookies = answer.headers.get_list("Set-Cookie")
        assert cookies
        assert all("Secure" in cookie and "Path=/comics/" in cookie for cookie in cookies)
        library = client.get("/")
        assert library.status_code == 200
        style = re.search(r'href="(/comics/static/[^"]+\.css)"', library.text)
        assert style
        assert client.get(httpx.URL(site.address).join(style[1])).status_code == 200


def test_what_a_client_claims_to_have_been_forwarded_is_no_fact(site: Site) -> None:
    claims = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-For": "192.0.2.66",
    }
    with httpx.Client(base_url=site.address) as client:
        # Else the first would be refused with 400, and the second sent on to HTTPS for ever.
        assert client.get("/login/", headers=claims).status_code == 200


def test_who_comes_without_tls_is_sent_on(front: Front, server: Site) -> None:
    answer = httpx.get(f"http://localhost:{front.plain_port}/comics/")
    assert answer.is_redirect
    assert answer.headers["Location"].startswith("https://localhost")


def test_other_paths_of_the_host_are_not_ours(front: Front, site: Site) -> None:
    answer = httpx.get(f"{front.address}/else/")
    assert "ComicMaintainer" not in answer.text
    assert answer.status_code in (200, 404)


def test_the_containers_health_check_asks_as_the_server_wants_it(server: Site) -> None:
    def check(port: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        command: list[Any] = [sys.executable, DEPLOY / "healthcheck.py", port]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=30
        )

    port = server.address.rpartition(":")[2]
    well = check(port, ALLOWED_HOSTS="localhost,example.org", BASE_PATH="/comics")
    assert (well.returncode, '"status": "ok"' in well.stdout) == (0, True)
    assert check(port, ALLOWED_HOSTS="other.example", BASE_PATH="/comics").returncode == 1
    assert check("9").returncode == 1
