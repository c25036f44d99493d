"""What was changed, on a page, and the way back."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from jobs.models import Job
from library import history_page
from library.models import Change, TrashedFile
from library.undoing import undo
from tests.library.shelving import Shelf

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pages(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def page_of(pages: Client, query: str = "") -> str:
    return pages.get(f"/history/?{query}").content.decode()


def shown(page: str, *changes: Change) -> list[bool]:
    return [f'name="tick" value="{change.pk}"' in page for change in changes]


def can_be_ticked(page: str, change: Change) -> bool:
    return f'name="tick" value="{change.pk}">' in page


def test_a_change_is_shown_with_before_and_after(pages: Client, shelf: Shelf) -> None:
    job = Job.objects.create(operation="process", revision=1)
    change = shelf.change(shelf.comic(), job=str(job.pk), position=1)
    told = [{"field": "Series", "before": "Ash old", "after": "Ash new"}]
    Change.objects.update(changes=told, message="Tags changed: Series.")
    page = page_of(pages)
    assert "Tags changed: Series." in page
    assert "Ash <del>old</del>" in page and "Ash <ins>new</ins>" in page
    assert f'href="/jobs/{job.pk}/"' in page
    assert can_be_ticked(page, change)
    Job.objects.all().delete()
    assert f'href="/jobs/{job.pk}/"' not in page_of(pages)


def test_an_empty_history_says_so(pages: Client) -> None:
    assert "Nothing has been changed yet" in page_of(pages)
    assert "No change matches" in page_of(pages, "operation=rename")


def test_changes_are_filtered(pages: Client, shelf: Shelf) -> None:
    job = str(uuid.uuid4())
    first = shelf.change(shelf.comic("Ash/1.cbz"), job=job, position=1)
    second = shelf.remove(shelf.comic("Ash/2.cbz"))
    undo(second)
    Change.objects.filter(pk=first.pk).update(finished_at=now() - timedelta(days=10))

    def found(query: str) -> list[bool]:
        return shown(page_of(pages, query), first, second)

    assert found("") == [True, True]
    assert found(f"job={job}") == found(f"comic={first.comic_id}") == [True, False]
    assert found("undone=true") == found("operation=trash") == found("days=7") == [False, True]
    assert found("undone=false") == [True, False]
    assert found(f"library={shelf.library.pk}") == [True, True]
    for nonsense in ("job=x", "comic=0", "days=-1", "before=x", "library=99", "undone=perhaps"):
        assert found(nonsense) == [True, True], nonsense


def test_older_ones_follow_from_the_last_one_shown(
    pages: Client, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_page, "PAGE_SIZE", 2)
    changes = [shelf.change(shelf.comic(f"Ash/{n}.cbz")) for n in range(3)]
    page = page_of(pages, "days=7")
    assert shown(page, *changes) == [False, True, True]
    assert f"?days=7&amp;before={changes[1].pk}" in page
    page = page_of(pages, f"before={changes[1].pk}")
    assert shown(page, *changes) == [True, False, False]
    assert "Newest" in page and "Older" not in page


def test_only_what_can_be_undone_can_be_ticked(pages: Client, shelf: Shelf) -> None:
    undone = shelf.change(shelf.comic("Ash/1.cbz"))
    undo(undone)
    lost = shelf.remove(shelf.comic("Ash/2.cbz"))
    TrashedFile.objects.filter(change=lost).delete()
    page = page_of(pages)
    assert not can_be_ticked(page, undone) and not can_be_ticked(page, lost)
    assert page.count("Cannot be undone any more") == 1


def test_the_ticked_ones_lead_to_a_preview(pages: Client, shelf: Shelf) -> None:
    changes = [shelf.change(shelf.comic(f"Ash/{n}.cbz")) for n in range(3)]
    answer = pages.post("/history/undo/", {"tick": [changes[0].pk, changes[2].pk]})
    job = Job.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}/"
    assert (job.operation, job.dry_run, job.total) == ("undo", True, 2)
    for ticked in ([], ["x"], [9999]):
        answer = pages.post("/history/undo/", {"tick": ticked})
        assert answer["Location"] == "/history/"


def test_it_takes_as_many_queries_whatever_its_length(
    pages: Client, shelf: Shelf, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    shelf.change(shelf.comic("Ash/first.cbz"), job=str(uuid.uuid4()), position=1)
    # Session, user, changes, jobs, libraries, and the shell's four.
    with django_assert_num_queries(9):
        page_of(pages)
    for n in range(10):
        shelf.change(shelf.comic(f"Ash/{n}.cbz"), job=str(uuid.uuid4()), position=1)
    with django_assert_num_queries(9):
        page_of(pages)
