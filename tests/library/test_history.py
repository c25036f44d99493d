"""What was changed and what lies in the trash, by the API."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.dateparse import parse_datetime
from pytest_django import DjangoAssertNumQueries

from library.models import Change, Comic, Library, TrashedFile
from library.undoing import undo
from tests.library.shelving import Shelf

pytestmark = pytest.mark.django_db

JOB = str(uuid.uuid4())


@pytest.fixture
def api(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def listed(api: Client, query: str = "", *, of: str = "history") -> list[dict[str, Any]]:
    page = api.get(f"/api/{of}/?{query}").json()
    assert set(page) == {"count", "next", "previous", "results"}
    assert page["count"] == len(page["results"])
    results: list[dict[str, Any]] = page["results"]
    return results


def test_a_change_is_told_with_before_and_after(api: Client, shelf: Shelf, admin: User) -> None:
    comic = shelf.comic()
    change = shelf.change(comic, new_name="new.cbz", job=JOB, position=1)
    Change.objects.update(user=admin, changes=[{"field": "Series", "before": "a", "after": "b"}])
    [told] = listed(api)
    assert parse_datetime(told.pop("when"))
    assert told == {
        "id": change.pk,
        "who": "admin",
        "operation": "test",
        "job_id": JOB,
        "library": shelf.library.pk,
        "comic_id": comic.pk,
        "path": "Ash/old.cbz",
        "new_path": "Ash/new.cbz",
        "message": "",
        "before": {"Series": "Ash"},
        "after": {"Series": "Brass Harbour"},
        "changes": [{"field": "Series", "before": "a", "after": "b"}],
        "undone_at": None,
        "undoable": True,
    }


def test_it_says_what_can_be_undone(api: Client, shelf: Shelf) -> None:
    first = shelf.change(shelf.comic(), new_name="new.cbz")
    second = shelf.change(Comic.objects.get(), keeps_original=True)
    gone = shelf.remove(shelf.comic("Ash/gone.cbz"))
    forgotten = shelf.change(shelf.comic("Ash/forgotten.cbz"))
    Comic.objects.filter(pk=forgotten.comic_id).delete()

    def undoable() -> set[int]:
        return {told["id"] for told in listed(api) if told["undoable"]}

    assert undoable() == {second.pk, gone.pk}
    back = undo(second)
    assert undoable() == {first.pk, back.pk, gone.pk}
    TrashedFile.objects.filter(change=gone).delete()
    assert undoable() == {first.pk, back.pk}


def test_what_was_never_done_is_no_history(api: Client, shelf: Shelf) -> None:
    shelf.change(shelf.comic())
    Change.objects.update(state=Change.State.TAKEN_BACK)
    assert listed(api) == []


def test_changes_are_filtered_and_the_newest_comes_first(api: Client, shelf: Shelf) -> None:
    comics = [shelf.comic(f"Ash/{n}.cbz") for n in range(3)]
    changes = [
        shelf.change(comic, job=JOB if n else None, position=n) for n, comic in enumerate(comics)
    ]
    removal = shelf.remove(Comic.objects.get(pk=comics[0].pk))
    other = Library.objects.create(name="Other", path="/srv/other")

    def ids(query: str) -> list[int]:
        return [told["id"] for told in listed(api, query)]

    keys = [change.pk for change in changes]
    assert ids("") == [removal.pk, *reversed(keys)]
    assert ids(f"comic={comics[0].pk}") == [removal.pk, keys[0]]
    assert ids(f"job={JOB}") == [keys[2], keys[1]]
    assert ids("operation=trash") == [removal.pk]
    assert len(ids(f"library={shelf.library.pk}")) == 4
    assert ids(f"library={other.name}") == []


@pytest.mark.parametrize(
    "query", ["comic=x", "comic=0", f"comic={10**30}", "job=x", "library=none", "operation=%00"]
)
def test_a_bad_query_is_refused(api: Client, query: str) -> None:
    assert api.get(f"/api/history/?{query}").status_code == 400


def test_the_trash_says_until_when_it_keeps_a_file(
    api: Client, shelf: Shelf, settings: Any
) -> None:
    settings.TRASH_DAYS = 10
    comic = shelf.comic()
    change = shelf.remove(comic)
    trashed = TrashedFile.objects.get()
    [told] = listed(api, of="trash")
    until = parse_datetime(told.pop("expires_at"))
    since = parse_datetime(told.pop("trashed_at"))
    assert (since, until) == (trashed.trashed_at, trashed.trashed_at + timedelta(days=10))
    assert told == {
        "id": trashed.pk,
        "library": shelf.library.pk,
        "path": "Ash/old.cbz",
        "size": comic.size_bytes,
        "change": change.pk,
        "comic_id": comic.pk,
    }
    Change.objects.all().delete()
    [told] = listed(api, f"library={shelf.library.pk}", of="trash")
    assert (told["change"], told["comic_id"]) == (None, None)
    assert api.get("/api/trash/?library=none").status_code == 400


@pytest.mark.parametrize("of", ["history", "trash"])
def test_a_list_takes_as_many_queries_whatever_its_length(
    api: Client, shelf: Shelf, django_assert_num_queries: DjangoAssertNumQueries, of: str
) -> None:
    for n in range(20):
        shelf.remove(shelf.comic(f"Ash/{n}.cbz"))
    with django_assert_num_queries(4):  # session, user, count, rows
        assert len(listed(api, of=of)) == 20
