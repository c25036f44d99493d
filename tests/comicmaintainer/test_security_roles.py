"""Nobody gets further than the role allows: every address, every method."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import serializers
from django.test import Client

from comicmaintainer import accounts, first_run, roles
from comicmaintainer.models import Account, ApiToken, Role
from jobs.models import Job, JobItem
from library.models import Comic, Library
from tests.comicmaintainer.addresses import addresses, make_things

pytestmark = pytest.mark.django_db

FOR_STRANGERS = ("/login/", "/welcome/", "/health", "/admin/login/")
CHANGING = ("post", "put", "patch", "delete")


@pytest.fixture(autouse=True)
def set_up(admin: User) -> None:
    first_run._done = True


@pytest.fixture
def things(tmp_path: Path) -> dict[str, Any]:
    return make_things(tmp_path)


def person(role: str) -> Client:
    client = Client()
    client.force_login(accounts.add(f"a-{role}", role))
    return client


def everything() -> str:
    """All rows that a request might change."""
    models: list[Any] = [Job, JobItem, Library, Comic, User, Account, ApiToken]
    rows = [row for model in models for row in model.objects.order_by("pk")]
    return str(serializers.serialize("json", rows))


def test_the_walk_goes_everywhere(things: dict[str, Any]) -> None:
    found = list(addresses(things))
    assert len(found) > 60
    assert not [address for address in found if "<" in address]
    assert {"/", "/settings/people/", "/api/comics/", "/admin/jobs/job/"} <= set(found)


@pytest.mark.parametrize("method", ["get", *CHANGING])
def test_a_stranger_gets_nowhere(things: dict[str, Any], method: str) -> None:
    before = everything()
    client = Client()
    for address in addresses(things):
        if address.startswith(FOR_STRANGERS):
            continue
        answer = getattr(client, method)(address)
        if address.startswith("/api/"):
            assert (address, answer.status_code) == (address, 401)
        elif address == "/metrics":
            assert answer.status_code == (401 if method == "get" else 405)
        else:
            assert (address, answer.status_code) == (address, 302)
            assert answer.headers["Location"].split("?")[0] in ("/login/", "/admin/login/")
    assert everything() == before


@pytest.mark.parametrize("method", CHANGING)
def test_a_viewer_changes_nothing(things: dict[str, Any], method: str) -> None:
    client = person(Role.VIEWER)
    before = everything()
    for address in addresses(things):
        if roles._OWN.match(address) or address == "/health":
            continue
        answer = getattr(client, method)(address)
        assert (address, answer.status_code) == (address, 403)
        if address.startswith("/api/"):
            assert answer.json() == {"detail": "Your account may not do that."}
        else:
            assert "Your role does not allow that" in answer.content.decode()
    assert everything() == before


def test_a_viewer_sees_all_but_the_settings(things: dict[str, Any]) -> None:
    client = person(Role.VIEWER)
    refused = set()
    for address in addresses(things):
        status = client.get(address).status_code
        assert status < 500, address
        if status == 403:
            refused.add(address.split("/")[1])
    assert refused == {"settings", "operations", "preview", "admin"}


def test_no_page_offers_a_viewer_what_is_refused(things: dict[str, Any]) -> None:
    client = person(Role.VIEWER)
    for address in addresses(things):
        answer = client.get(address)
        if answer.status_code != 200 or "text/html" not in answer.headers["Content-Type"]:
            continue
        for form in answer.content.decode().split("<form ")[1:]:
            opening = form.partition(">")[0]
            action = opening.partition('action="')[2].partition('"')[0]
            if 'method="post"' in opening:
                assert roles._OWN.match(action or address), (address, opening)


@pytest.mark.parametrize("method", ["get", *CHANGING])
def test_an_editor_has_no_part_in_settings(things: dict[str, Any], method: str) -> None:
    client = person(Role.EDITOR)
    before = everything()
    for address in addresses(things):
        is_for_admins = address.startswith(("/settings/", "/admin/"))
        is_library = roles._CHANGED_BY_ADMINISTRATORS.match(address)
        if is_for_admins or (is_library and method != "get"):
            assert (address, getattr(client, method)(address).status_code) == (address, 403)
    assert everything() == before


def test_an_editor_may_do_all_else(things: dict[str, Any]) -> None:
    editor = accounts.add("eva", Role.EDITOR)
    for address in addresses(things):
        if not address.startswith(("/settings/", "/admin/", "/api/libraries/")):
            assert roles.may(editor, "POST", address), address


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_the_first_library_is_up_to_an_administrator(
    role: Role, tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path
    client = person(role)
    before = everything()
    for given in ({"path": str(tmp_path)}, {"path": "/no/such/folder"}, {"samples": "1"}):
        answer = client.post("/welcome/", given)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/welcome/").headers["Location"] == "/"
    assert everything() == before
    assert list(tmp_path.iterdir()) == []


def test_whoever_has_no_account_row_is_a_viewer() -> None:
    user = User.objects.create_user("old")
    assert roles.role_of(user) == Role.VIEWER
    # To be an administrator takes more than a word in a row.
    Account.objects.create(user=user, role=Role.ADMIN)
    assert roles.role_of(User.objects.get(pk=user.pk)) == Role.VIEWER


def test_roles_cost_no_query(django_assert_num_queries: Any) -> None:
    client = person(Role.EDITOR)
    with django_assert_num_queries(2):  # the session, and the user with the account
        client.get("/api/operations/")
