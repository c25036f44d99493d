import pytest
from django.contrib.auth.models import User
from django.test import Client

from comicmaintainer.models import ApiToken

pytestmark = pytest.mark.django_db

TOKENS = "/admin/comicmaintainer/apitoken/"


def test_tokens_are_listed_without_a_secret_and_revoked_by_deleting(
    admin: User, client: Client
) -> None:
    client.force_login(admin)
    key = ApiToken.objects.issue(admin, "phone")
    token = ApiToken.objects.get()
    pages = [client.get(url).content.decode() for url in (TOKENS, f"{TOKENS}{token.pk}/change/")]
    assert all("phone" in page for page in pages)
    assert not any(secret in page for page in pages for secret in (key, token.digest))
    assert client.get(f"{TOKENS}add/").status_code == 403
    assert client.post(f"{TOKENS}{token.pk}/change/", {"name": "x"}).status_code == 403
    client.post(f"{TOKENS}{token.pk}/delete/", {"post": "yes"})
    assert ApiToken.objects.with_key(key) is None
