"""Settings, People: accounts, their roles, and who is left."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from comicmaintainer import accounts, first_run
from comicmaintainer.models import ApiToken, Role
from comicmaintainer.roles import role_of
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(admin: User) -> Client:
    first_run._done = True
    client = Client()
    client.force_login(admin)
    return client


def address_on(page: str) -> str:
    found = re.search(r"http://testserver(/welcome/\S+/)</p>", page)
    assert found, page
    return found[1]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_person_is_added_and_chooses_a_password_once(client: Client) -> None:
    answer = client.post("/settings/people/", {"username": "eva", "role": "editor"})
    assert "no-store" in answer.headers["Cache-Control"]
    address = address_on(answer.content.decode())
    eva = User.objects.get(username="eva")
    assert (role_of(eva), eva.is_staff, eva.has_usable_password()) == (Role.EDITOR, False, False)

    stranger = Client()
    form = stranger.get(address, follow=True)
    assert "Welcome, eva" in form.content.decode()
    path = form.redirect_chain[-1][0]
    assert "set-password" in path
    body = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    assert stranger.post(path, body).headers["Location"] == "/"
    assert stranger.get("/").status_code == 200
    assert "This address has been used" in Client().get(address).content.decode()


def test_the_page_never_shows_the_address_again(client: Client) -> None:
    client.post("/settings/people/", {"username": "eva", "role": "viewer"})
    assert "/welcome/" not in client.get("/settings/people/").content.decode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"username": "admin", "role": "viewer"}, "already exists"),
        ({"username": "eva", "role": "king"}, "not one of the available choices"),
        ({"username": "", "role": "viewer"}, "required"),
        ({"username": "a b<c", "role": "viewer"}, "valid username"),
    ],
)
def test_a_wrong_person_is_refused_with_the_reason(
    client: Client, body: dict[str, str], reason: str
) -> None:
    assert reason in client.post("/settings/people/", body).content.decode()
    assert User.objects.count() == 1


def test_a_role_is_changed_and_counts_at_once(client: Client) -> None:
    eva = accounts.add("eva", Role.VIEWER)
    hers = signed_in(eva)
    assert hers.get("/settings/").status_code == 403
    client.post(f"/settings/people/{eva.pk}/role/", {"role": "admin"})
    assert hers.get("/settings/").status_code == 200
    client.post(f"/settings/people/{eva.pk}/role/", {"role": "editor"})
    assert hers.get("/settings/").status_code == 403
    eva.refresh_from_db()
    assert (eva.is_superuser, eva.is_staff) == (False, False)


def test_the_last_administrator_stays(client: Client, admin: User) -> None:
    accounts.add("eva", Role.EDITOR)
    gone = accounts.add("gone", Role.ADMIN)
    accounts.deactivate(gone)
    for path, body in (("role", {"role": "viewer"}), ("deactivate", {})):
        answer = client.post(f"/settings/people/{admin.pk}/{path}/", body, follow=True)
        assert "This is the last administrator" in answer.content.decode()
    admin.refresh_from_db()
    assert (admin.is_superuser, admin.is_active) == (True, True)


def test_with_another_administrator_one_may_go(client: Client, admin: User) -> None:
    accounts.add("eva", Role.ADMIN)
    client.post(f"/settings/people/{admin.pk}/role/", {"role": "viewer"})
    admin.refresh_from_db()
    assert role_of(admin) == Role.VIEWER


def test_whoever_is_deactivated_is_out_at_once_and_can_come_back(client: Client) -> None:
    eva = accounts.add("eva", Role.EDITOR)
    key = ApiToken.objects.issue(eva, "hers")
    hers = signed_in(eva)
    client.post(f"/settings/people/{eva.pk}/deactivate/")
    assert hers.get("/").status_code == 302
    token = Client(headers={"authorization": f"Token {key}"})
    assert token.get("/api/jobs/").status_code == 401
    client.post(f"/settings/people/{eva.pk}/activate/")
    assert token.get("/api/jobs/").status_code == 200
    assert hers.get("/").status_code == 302  # The session is gone for good.


def test_signing_out_everywhere_ends_only_that_persons_sessions(client: Client) -> None:
    eva = accounts.add("eva", Role.EDITOR)
    phone, laptop = signed_in(eva), signed_in(eva)
    client.post(f"/settings/people/{eva.pk}/sign-out/")
    assert (phone.get("/").status_code, laptop.get("/").status_code) == (302, 302)
    assert client.get("/").status_code == 200


def test_all_tokens_of_a_person_are_revoked(client: Client, admin: User) -> None:
    eva = accounts.add("eva", Role.EDITOR)
    ApiToken.objects.issue(eva, "one")
    ApiToken.objects.issue(admin, "mine")
    client.post(f"/settings/people/{eva.pk}/tokens/revoke/")
    assert [token.name for token in ApiToken.objects.all()] == ["mine"]


def test_a_new_address_for_the_password_does_not_change_the_old_one(client: Client) -> None:
    eva = accounts.add("eva", Role.EDITOR)
    eva.set_password(PASSWORD)
    eva.save()
    page = client.post(f"/settings/people/{eva.pk}/invite/").content.decode()
    assert "Welcome, eva" in Client().get(address_on(page), follow=True).content.decode()
    assert Client().post("/login/", {"username": "eva", "password": PASSWORD}).status_code == 302


def test_the_admin_site_keeps_no_accounts(client: Client) -> None:
    assert client.get("/admin/auth/user/").status_code == 404
