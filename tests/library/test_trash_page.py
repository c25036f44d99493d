"""What lies in the trash, on a page: back to its place, or gone for good."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from jobs.models import Job
from library import trash_page
from library.models import Change, TrashedFile
from library.trash import FOLDER
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
    return pages.get(f"/trash/?{query}").content.decode()


def in_folder(shelf: Shelf) -> int:
    return len(list((shelf.root / FOLDER).iterdir()))


def test_it_says_what_is_kept_how_long_and_how_much(pages: Client, shelf: Shelf) -> None:
    assert "The trash is empty" in page_of(pages)
    shelf.remove(shelf.comic("Ash/1.cbz"))
    shelf.remove(shelf.comic("Ash/2.cbz"))
    TrashedFile.objects.update(size_bytes=2_100_000)
    page = page_of(pages)
    assert "2 files, 4.2\xa0MB." in page or "2 files, 4.2 MB." in page
    assert "is kept for 30 days" in page
    assert page.index("2.cbz") < page.index("1.cbz")


def test_the_ticked_ones_lead_to_a_preview(pages: Client, shelf: Shelf) -> None:
    shelf.remove(shelf.comic())
    trashed = TrashedFile.objects.get()
    answer = pages.post("/trash/restore/", {"tick": trashed.pk})
    job = Job.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}/"
    assert (job.operation, job.dry_run, job.total) == ("restore", True, 1)
    assert pages.post("/trash/restore/")["Location"] == "/trash/"


def test_nothing_is_deleted_before_it_was_asked(pages: Client, shelf: Shelf) -> None:
    for n in range(2):
        shelf.remove(shelf.comic(f"Ash/{n}.cbz"))
    first, second = TrashedFile.objects.order_by("pk")
    asked = pages.post("/trash/delete/", {"tick": first.pk}).content.decode()
    assert "Ash/0.cbz" in asked and "Ash/1.cbz" not in asked
    assert (TrashedFile.objects.count(), in_folder(shelf)) == (2, 2)
    answer = pages.post("/trash/delete/", {"tick": first.pk, "sure": "1"}, follow=True)
    assert "1 file was deleted." in answer.content.decode()
    assert TrashedFile.objects.get() == second
    assert in_folder(shelf) == 1
    assert pages.post("/trash/delete/", {"sure": "1"})["Location"] == "/trash/"
    assert pages.get("/trash/delete/").status_code == 405


def test_what_a_change_needs_just_now_is_not_deleted(pages: Client, shelf: Shelf) -> None:
    comic = shelf.comic()
    shelf.change(comic, keeps_original=True)
    comic.refresh_from_db()
    trashed = TrashedFile.objects.get()
    refused: list[str] = []

    def during() -> None:
        answer = pages.post("/trash/delete/", {"tick": trashed.pk, "sure": "1"}, follow=True)
        refused.append(answer.content.decode())

    shelf.change(comic, during=during)
    assert "1 file is still there" in refused[0]
    assert TrashedFile.objects.filter(pk=trashed.pk).exists()


def test_a_trash_out_of_reach_keeps_its_files_on_record(pages: Client, shelf: Shelf) -> None:
    shelf.remove(shelf.comic())
    shelf.root.rename(shelf.root.with_name("away"))
    answer = pages.post(
        "/trash/delete/", {"tick": TrashedFile.objects.get().pk, "sure": "1"}, follow=True
    )
    assert "its folder cannot be reached" in answer.content.decode()
    assert TrashedFile.objects.exists()


def test_older_ones_follow_from_the_last_one_shown(
    pages: Client, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash_page, "PAGE_SIZE", 2)
    for n in range(3):
        shelf.remove(shelf.comic(f"Ash/{n}.cbz"))
    assert "0.cbz" not in page_of(pages)
    last = TrashedFile.objects.order_by("-pk")[1].pk
    assert f"?before={last}" in page_of(pages)
    assert "0.cbz" in page_of(pages, f"before={last}")


def test_it_takes_as_many_queries_whatever_its_length(
    pages: Client, shelf: Shelf, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    shelf.remove(shelf.comic("Ash/first.cbz"))
    for more in (0, 10):
        for n in range(more):
            shelf.remove(shelf.comic(f"Ash/{n}.cbz"))
        # Session, user, files, totals, and the shell's four.
        with django_assert_num_queries(8):
            page_of(pages)
    assert Change.objects.count() == 11
