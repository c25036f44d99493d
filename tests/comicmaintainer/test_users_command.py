import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from comicmaintainer.roles import role_of


def told(*words: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    call_command("users", *words, "--json")
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_account_is_made_and_its_owner_chooses_the_password(
    admin: User, capsys: pytest.CaptureFixture[str]
) -> None:
    (made,) = told("create", "anna", "--role", "editor", capsys=capsys)
    assert (made["username"], made["role"], made["has_password"]) == ("anna", "editor", False)
    assert made["password_path"].startswith("/")
    assert str(role_of(User.objects.get(username="anna"))) == "editor"
    people = told("list", capsys=capsys)
    assert [person["username"] for person in people] == ["admin", "anna"]
    assert [person["role"] for person in people] == ["admin", "editor"]


def test_a_password_comes_from_standard_input_and_is_nowhere_printed(
    admin: User, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough one\n"))
    (made,) = told("create", "anna", "--password-stdin", capsys=capsys)
    assert made["has_password"] and "password_path" not in made
    assert User.objects.get(username="anna").check_password("a long enough one")


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["create", "admin"], ""),
        (["create", "an na"], ""),
        (["create", "anna", "--password-stdin"], "short\n"),
        (["create", "anna", "--password-stdin"], "\n"),
        (["role", "nobody", "viewer"], ""),
        (["role", "admin", "viewer"], ""),
        (["deactivate", "admin"], ""),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    admin: User, monkeypatch: pytest.MonkeyPatch, words: list[str], given: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    with pytest.raises(CommandError) as refused:
        call_command("users", *words)
    assert refused.value.returncode == 2
    assert list(User.objects.values_list("username", "is_superuser", "is_active")) == [
        ("admin", True, True)
    ]


def test_roles_change_and_people_leave_and_come_back(
    admin: User, capsys: pytest.CaptureFixture[str]
) -> None:
    told("create", "anna", capsys=capsys)
    (changed,) = told("role", "anna", "admin", capsys=capsys)
    assert changed["role"] == "admin"
    (gone,) = told("deactivate", "admin", capsys=capsys)
    assert (gone["is_active"], gone["role"]) == (False, None)
    (back,) = told("activate", "admin", capsys=capsys)
    assert back["is_active"]


def test_a_person_is_invited_anew_and_signed_out(
    admin: User, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    (invited,) = told("invite", "admin", capsys=capsys)
    assert client.get(invited["password_path"], follow=True).status_code == 200
    client.force_login(admin)
    assert client.get("/").status_code == 200
    told("signout", "admin", capsys=capsys)
    assert client.get("/").status_code == 302
