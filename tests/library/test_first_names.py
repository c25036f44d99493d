"""What a template would name a library's first comics, while it is typed."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from library.models import Comic, Library

TAGS = {"Series": "Moss", "Publisher": "Small Hours", "Title": "x"}


@pytest.fixture
def library(db: None, tmp_path: Path) -> Library:
    library = Library.objects.create(name="Comics", path=str(tmp_path))
    for n in range(8):
        tags = TAGS | ({"Number": str(n)} if n else {})
        Comic.objects.create(
            library=library, path=f"in/{n}x.cbz", folder="in", name=f"{n}x.cbz", format="cbz",
            verdict="ok", tags=tags,
        )  # fmt: skip
    Comic.objects.filter(name="0x.cbz").update(name="none.cbz", path="in/none.cbz")
    return library


def test_the_api_says_where_the_first_comics_would_be(
    library: Library, admin: User, client: Client
) -> None:
    client.force_login(admin)
    url = f"/api/libraries/{library.pk}/template/"
    found = client.get(url, {"template": "{publisher}/{series} {issue:3}"}).json()
    assert found["error"] is None
    assert len(found["comics"]) == 5
    assert [each["new_path"] for each in found["comics"]][:2] == [
        "Small Hours/Moss 001.cbz", "Small Hours/Moss 002.cbz",
    ]  # fmt: skip
    assert found["comics"][0]["path"] == "in/1x.cbz"
    assert client.get(url).json()["comics"][0]["new_path"] == "in/Moss - Chapter 0001.cbz"


def test_the_api_says_what_is_wrong_with_a_template_and_where(
    library: Library, admin: User, client: Client
) -> None:
    client.force_login(admin)
    url = f"/api/libraries/{library.pk}/template/"
    found = client.get(url, {"template": "{series} {nmber}"}).json()
    assert (found["comics"], found["error"]["position"]) == ([], 9)
    assert "There is no field {nmber}" in found["error"]["message"]
    assert client.get(url, {"template": "x" * 301}).status_code == 400
    assert client.get(f"/api/libraries/{library.pk + 1}/template/").status_code == 404


def test_a_comic_that_lacks_a_field_says_which(
    library: Library, admin: User, client: Client
) -> None:
    client.force_login(admin)
    url = f"/api/libraries/{library.pk}/template/"
    found = client.get(url, {"template": "{series} {imprint}"}).json()["comics"][0]
    assert (found["new_path"], found["problem"]) == ("", "No imprint found in ComicInfo.xml.")


def test_strangers_learn_nothing(library: Library, client: Client) -> None:
    assert client.get(f"/api/libraries/{library.pk}/template/").status_code == 401


def test_the_settings_page_shows_them_and_follows_the_rules_as_they_are_typed(
    library: Library, admin: User, client: Client
) -> None:
    client.force_login(admin)
    assert "in/1x.cbz" in client.get("/settings/").content.decode()
    part = f"/settings/libraries/{library.pk}/names/"
    prefix = f"library-{library.pk}"
    query = {f"{prefix}-template": "{title}/{original}", f"{prefix}-rename_files": "on"}
    assert "x/1x.cbz" in client.get(part, query).content.decode()
    wrong = client.get(part, {f"{prefix}-template": "{series"}).content.decode()
    assert "has no partner" in wrong
    library.refresh_from_db()
    assert library.template == "{series} - Chapter {issue:4}"
