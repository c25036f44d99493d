"""Of every request: no change without POST and its CSRF token, no answer without its headers."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from django_eventstream.utils import get_channelmanager

from comicmaintainer import env, first_run
from jobs.events import JOBS, NOTICES, ChannelManager
from tests.comicmaintainer.addresses import addresses, make_things
from tests.comicmaintainer.test_security_roles import everything
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def things(admin: User, tmp_path: Path) -> dict[str, Any]:
    first_run._done = True
    return make_things(tmp_path)


def test_there_is_no_default_account() -> None:
    assert not User.objects.exists()


def test_no_channel_is_open_but_by_our_own_stream(admin: User) -> None:
    manager = get_channelmanager()
    assert isinstance(manager, ChannelManager)
    for channel in (JOBS, NOTICES):
        assert not manager.can_read_channel(admin, channel)
    assert manager.get_channels_for_request(None, {"channels": [JOBS]}) == set()


def test_looking_changes_nothing(things: dict[str, Any], client: Client, admin: User) -> None:
    client.force_login(admin)
    before = everything()
    for address in addresses(things):
        assert client.get(address).status_code < 500, address
    assert everything() == before


def test_nothing_is_done_without_the_csrf_token(things: dict[str, Any], admin: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    before = everything()
    for address in addresses(things):
        answer = client.post(address)
        assert (address, answer.status_code) == (address, 403) or answer.status_code == 405
    assert everything() == before


def test_every_answer_has_its_headers(things: dict[str, Any], client: Client, admin: User) -> None:
    for sign_in in (False, True):
        if sign_in:
            client.force_login(admin)
        for address in addresses(things):
            headers = client.get(address).headers
            assert headers["X-Content-Type-Options"] == "nosniff", address
            assert headers["X-Frame-Options"] == "DENY", address
            assert headers["Referrer-Policy"] == "same-origin", address
            policy = headers["Content-Security-Policy"]
            assert "unsafe" not in policy and "frame-ancestors 'none'" in policy, address


def test_the_session_cookie_is_out_of_reach(admin: User, client: Client) -> None:
    first_run._done = True
    client.post("/login/", {"username": "admin", "password": PASSWORD})
    cookie = client.cookies["comicmaintainer_session"]
    assert (bool(cookie["httponly"]), cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


def test_a_host_that_is_not_ours_gets_no_answer_and_one_line_of_the_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get("/login/", headers={"host": "evil.example"}).status_code == 400
    refused = [record for record in caplog.records if record.name.endswith("DisallowedHost")]
    assert [record.exc_info for record in refused] == [None]


@pytest.mark.parametrize("text", ["*", "comics.example,*"])
def test_no_set_up_answers_to_every_host(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", text)
    with pytest.raises(ImproperlyConfigured, match="ALLOWED_HOSTS must name hosts"):
        env.hosts("ALLOWED_HOSTS", [])


def test_the_set_up_as_delivered_passes_djangos_own_checks() -> None:
    call_command("check", deploy=True, fail_level="WARNING")
