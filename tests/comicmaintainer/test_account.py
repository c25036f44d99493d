"""One's own account: password, sessions and API tokens."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.timezone import now

from comicmaintainer import accounts, first_run
from comicmaintainer.models import ApiToken, Role
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(admin: User) -> Client:
    first_run._done = True
    client = Client()
    client.force_login(admin)
    return client


def calling(key: str) -> Client:
    return Client(headers={"authorization": f"Token {key}"})


def make_token(client: Client, **body: str) -> str:
    answer = client.post("/account/tokens/", {"name": "phone", "scope": "write", **body})
    assert "no-store" in answer.headers["Cache-Control"]
    found = re.search(r'<p class="secret mono">(\S+)</p>', answer.content.decode())
    assert found
    return found[1]


def test_a_key_is_shown_once_and_only_its_hash_is_kept(client: Client) -> None:
    key = make_token(client)
    token = ApiToken.objects.get()
    assert key not in str(vars(token))
    assert calling(key).get("/api/jobs/").status_code == 200
    page = client.get("/account/tokens/").content.decode()
    assert key not in page and token.digest not in page
    assert "phone" in page and "Read and write" in page


def test_a_token_that_only_reads_changes_nothing(client: Client) -> None:
    api = calling(make_token(client, scope="read"))
    assert api.get("/api/jobs/").status_code == 200
    answer = api.post("/api/jobs/", {"operation": "scan", "all": True}, "application/json")
    assert (answer.status_code, answer.json()) == (
        403,
        {"detail": "This API token may only read."},
    )


def test_a_token_has_no_more_rights_than_its_owner() -> None:
    first_run._done = True
    key = ApiToken.objects.issue(accounts.add("eva", Role.VIEWER), "hers")
    answer = calling(key).post("/api/jobs/", {"operation": "scan", "all": True}, "application/json")
    assert (answer.status_code, answer.json()) == (403, {"detail": "Your account may not do that."})


def test_a_token_expires(client: Client) -> None:
    key = make_token(client, expires="30")
    token = ApiToken.objects.get()
    assert token.expires_at is not None
    assert timedelta(days=29) < token.expires_at - now() < timedelta(days=31)
    ApiToken.objects.update(expires_at=now() - timedelta(seconds=1))
    assert calling(key).get("/api/jobs/").status_code == 401
    assert "Expired" in client.get("/account/tokens/").content.decode()


def test_a_revoked_token_is_void(client: Client) -> None:
    key = make_token(client)
    client.post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke/")
    assert not ApiToken.objects.exists()
    assert calling(key).get("/api/jobs/").status_code == 401


def test_nobody_revokes_the_tokens_of_others(client: Client) -> None:
    ApiToken.objects.issue(accounts.add("eva", Role.VIEWER), "hers")
    answer = client.post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke/")
    assert answer.status_code == 404
    assert ApiToken.objects.exists()
    assert "hers" not in client.get("/account/tokens/").content.decode()


def test_the_last_use_is_noted_but_not_at_every_call(client: Client) -> None:
    key = make_token(client)
    assert "never used" in client.get("/account/tokens/").content.decode()
    calling(key).get("/api/jobs/")
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    calling(key).get("/api/jobs/")
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=now() - timedelta(hours=1))
    calling(key).get("/api/jobs/")
    assert ApiToken.objects.get().last_used_at >= first  # type: ignore[operator]


def test_a_new_password_signs_other_devices_out(client: Client, admin: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(admin)
    new = "another horse and staple"
    body = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    answer = client.post("/account/", body, follow=True)
    assert "Your password is changed" in answer.content.decode()
    assert client.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    admin.refresh_from_db()
    assert admin.check_password(new)


def test_a_password_needs_the_old_one(client: Client, admin: User) -> None:
    new = "another horse and staple"
    body = {"old_password": "wrong", "new_password1": new, "new_password2": new}
    assert "old password was entered incorrectly" in client.post("/account/", body).content.decode()
    admin.refresh_from_db()
    assert admin.check_password(PASSWORD)


def test_other_devices_can_be_signed_out(client: Client, admin: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(admin)
    client.post("/account/sign-out/")
    assert (client.get("/").status_code, elsewhere.get("/").status_code) == (200, 302)


def test_many_wrong_tokens_have_to_wait_and_the_right_one_has_not(client: Client) -> None:
    key = make_token(client)
    statuses = [calling(f"wrong{n}").get("/api/jobs/").status_code for n in range(52)]
    assert statuses == [401] * 50 + [429] * 2
    answer = calling("wrong").get("/api/jobs/")
    assert (answer.headers["Retry-After"], list(answer.json())) == ("600", ["detail"])
    assert calling(key).get("/api/jobs/").status_code == 200
