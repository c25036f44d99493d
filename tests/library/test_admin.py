from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from jobs.models import Job
from library import admin
from library.models import Comic, Library
from tests.library.test_api import comic

pytestmark = pytest.mark.django_db

LIBRARIES = "/admin/library/library/"
COMICS = "/admin/library/comic/"


@pytest.fixture
def site(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture
def library() -> Library:
    return Library.objects.create(name="Books", path="/srv/books")


@pytest.mark.django_db(transaction=True)
def test_a_folder_that_is_added_is_checked_and_scanned(site: Client, tmp_path: Path) -> None:
    data = {"path": f"{tmp_path}/../{tmp_path.name}", "template": "{series}", "watch": "list"}
    assert site.post(f"{LIBRARIES}add/", data).status_code == 302
    library = Library.objects.get()
    assert (library.path, library.name) == (str(tmp_path), tmp_path.name)
    assert Job.objects.get().selection == {"library": library.pk}


def test_a_bad_folder_is_refused_with_the_reason(site: Client, tmp_path: Path) -> None:
    data = {"path": "/no/such/folder", "template": "{odd}"}
    page = site.post(f"{LIBRARIES}add/", data).content.decode()
    assert "There is no folder" in page
    assert "There is no field" in page
    assert not Library.objects.exists()


def test_the_rules_can_be_changed_and_the_path_cannot(site: Client, library: Library) -> None:
    data = {"name": "Comics", "template": "{title}", "strict": "on", "watch": "off"}
    data["path"] = "/srv/other"
    assert site.post(f"{LIBRARIES}{library.pk}/change/", data).status_code == 302
    library.refresh_from_db()
    assert (library.path, library.name) == ("/srv/books", "Comics")
    assert (library.template, library.strict) == ("{title}", True)


def test_a_library_is_forgotten_without_listing_its_comics(
    site: Client, library: Library, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        comic(library, f"{number}.cbz")
    with django_assert_max_num_queries(8):
        page = site.get(f"{LIBRARIES}{library.pk}/delete/").content.decode()
    assert "Comics: 30" in page
    assert site.post(f"{LIBRARIES}{library.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Comic.objects.exists()


@pytest.mark.parametrize(
    ("readers", "said"),
    [
        (["one", "two"], "unpacked with one, two."),
        ([], "Install the program unar"),
        (None, "is being found out"),
    ],
)
def test_what_unpacks_rar_is_said(
    site: Client, monkeypatch: pytest.MonkeyPatch, readers: list[str] | None, said: str
) -> None:
    monkeypatch.setattr(admin, "working_readers", lambda: readers)
    page = " ".join(site.get(LIBRARIES).content.decode().split())
    assert said in page


def test_long_lists_take_no_more_queries(
    site: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(10):
        comic(Library.objects.create(name=f"{number}", path=f"/srv/{number}"))
    for url in (LIBRARIES, COMICS):
        with django_assert_max_num_queries(12):
            assert site.get(url).status_code == 200


def test_comics_can_only_be_looked_at(site: Client, library: Library) -> None:
    row = comic(library)
    assert site.get(f"{COMICS}{row.pk}/change/").status_code == 200
    assert site.post(f"{COMICS}{row.pk}/change/", {"state": "clean"}).status_code == 403
    assert site.get(f"{COMICS}add/").status_code == 403
    assert site.get(f"{COMICS}{row.pk}/delete/").status_code == 403


def test_comics_are_found_by_any_tag_and_lead_to_the_library(
    site: Client, library: Library, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    wanted = comic(library, "A/1.cbz", series="Électric Circus")
    for number in range(2, 30):
        comic(library, f"A/{number}.cbz")
    with django_assert_max_num_queries(9):
        page = site.get(f"{COMICS}?q=circus+elec").content.decode()
    assert "A/1.cbz" in page
    assert "A/2.cbz" not in page
    detail = site.get(f"{COMICS}{wanted.pk}/change/").content.decode()
    assert 'href="/?search=1.cbz"' in detail
    assert (
        f'href="/?library={library.pk}"'
        in site.get(f"{LIBRARIES}{library.pk}/change/").content.decode()
    )
