import json

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from comicmaintainer.models import ApiToken


def test_tokens_are_listed_without_a_secret_and_revoked(
    admin: User, capsys: pytest.CaptureFixture[str]
) -> None:
    key, other = (ApiToken.objects.issue(admin, name) for name in ("phone", "script"))
    call_command("tokens", "list", "--user", "admin", "--json")
    out = capsys.readouterr().out
    tokens = [json.loads(line) for line in out.splitlines()]
    assert [token["name"] for token in tokens] == ["phone", "script"]
    assert key not in out
    with pytest.raises(CommandError, match="There is no token 4711"):
        call_command("tokens", "revoke", str(tokens[0]["id"]), "4711")
    assert ApiToken.objects.with_key(key)
    call_command("tokens", "revoke", str(tokens[0]["id"]))
    assert ApiToken.objects.with_key(key) is None
    assert ApiToken.objects.with_key(other)
    call_command("tokens", "list", "--user", "nobody")
    assert capsys.readouterr().out.endswith("There is no token.\n")
