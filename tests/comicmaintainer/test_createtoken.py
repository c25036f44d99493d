import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from comicmaintainer.models import ApiToken

pytestmark = pytest.mark.django_db


def test_the_key_is_printed_and_only_its_hash_is_kept(
    admin: User, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("createtoken", "admin", name="phone")
    key = capsys.readouterr().out.strip()
    token = ApiToken.objects.with_key(key)
    assert token is not None
    assert (token.user, token.name) == (admin, "phone")
    assert key not in str(vars(token))


def test_a_token_may_be_narrow_and_short(admin: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("createtoken", "admin", "--scope", "read", "--expires", "7")
    token = ApiToken.objects.with_key(capsys.readouterr().out.strip())
    assert token is not None and token.expires_at is not None
    assert token.scope == "read"
    assert (token.expires_at - token.created_at).days in (6, 7)


def test_it_makes_none_for_nobody(admin: User) -> None:
    User.objects.create_user("gone", is_active=False)
    for arguments in (
        ["nobody"],
        ["gone"],
        ["admin", "--name", "x" * 101],
        ["admin", "--expires", "0"],
    ):
        with pytest.raises(CommandError):
            call_command("createtoken", *arguments)
    assert not ApiToken.objects.exists()
