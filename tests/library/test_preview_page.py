"""What is asked before an operation, and what a template would make of the first names."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from jobs.models import Job
from library.models import Comic
from tests.library.shelving import Shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def comics(tmp_path: Path) -> list[Comic]:
    shelf = Shelf(tmp_path)
    made = [shelf.comic(f"Ash/{n}.cbz") for n in range(3)]
    for n, comic in enumerate(made):
        Comic.objects.filter(pk=comic.pk).update(tags={"Series": "Ash", "Number": str(n)})
    return made


def page_of(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_it_shows_the_first_names_before_anything_is_done(
    admin_client: Client, comics: list[Comic]
) -> None:
    page = page_of(admin_client, "/preview/rename/?search=1.cbz")
    assert "1 comic. Nothing has been changed yet." in page
    assert "<del>1</del>.cbz" in page
    assert "<ins>Ash - Chapter 0001</ins>.cbz" in page
    assert not Job.objects.exists()


def test_all_comics_are_meant_where_nothing_was_chosen(
    admin_client: Client, comics: list[Comic]
) -> None:
    assert "3 comics." in page_of(admin_client, "/preview/rename/")


def test_the_ticked_comics_and_the_options_make_a_preview(
    admin_client: Client, comics: list[Comic]
) -> None:
    ids = f"{comics[0].pk},{comics[2].pk}"
    chosen = {"scope": "ticked", "ids": ids}
    page = admin_client.post("/preview/rename/", chosen).content.decode()
    assert f'name="ids" value="{ids}"' in page
    answer = admin_client.post(
        "/preview/rename/",
        {**chosen, "options-template": "{series} {issue}", "make": "preview"},
    )
    job = Job.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}/"
    assert (job.operation, job.dry_run, job.total) == ("rename", True, 2)
    assert job.options == {"template": "{series} {issue}"}


@pytest.mark.parametrize(("operation", "dry_run"), [("process", False), ("rename", True)])
def test_only_some_operations_start_unseen(
    admin_client: Client, comics: list[Comic], operation: str, dry_run: bool
) -> None:
    admin_client.post(f"/preview/{operation}/", {"scope": "all", "make": "job"})
    assert Job.objects.get().dry_run is dry_run


def test_what_has_no_options_is_previewed_at_once(
    admin_client: Client, comics: list[Comic]
) -> None:
    admin_client.post("/preview/trash/", {"scope": "ticked", "ids": str(comics[0].pk)})
    job = Job.objects.get()
    assert (job.operation, job.dry_run, job.total) == ("trash", True, 1)
    assert page_of(admin_client, "/preview/trash/").count("</h1>") == 1


def test_wrong_options_are_said_beside_their_field(
    admin_client: Client, comics: list[Comic]
) -> None:
    answer = admin_client.post(
        "/preview/rename/", {"scope": "all", "options-template": "{nothing}", "make": "preview"}
    )
    assert answer.status_code == 400
    assert "There is no field {nothing}" in answer.content.decode()
    assert not Job.objects.exists()


def test_a_wrong_selection_or_operation_leads_nowhere(
    admin_client: Client, comics: list[Comic]
) -> None:
    answer = admin_client.post("/preview/rename/", {"scope": "ticked"}, follow=True)
    assert "Tick at least one comic first." in answer.content.decode()
    for name in ("nothing", "scan", "undo"):
        assert admin_client.get(f"/preview/{name}/").status_code == 404
    assert admin_client.get("/preview/rename/?state=nonsense").status_code == 302


def test_names_follow_the_template_that_is_typed(admin_client: Client, comics: list[Comic]) -> None:
    wanted = f"comics={comics[1].pk},{comics[0].pk},x,0"
    names = page_of(
        admin_client, f"/preview/names/?{wanted}&options-template={{series}} no {{issue}}"
    )
    assert names.index("<ins>Ash no </ins>0.cbz") < names.index("<ins>Ash no </ins>1.cbz")
    assert "2.cbz" not in names
    right = page_of(admin_client, f"/preview/names/?{wanted}&options-template={{issue}}")
    assert right.count("Already right") == 2
    without = page_of(admin_client, f"/preview/names/?{wanted}&options-template={{year}}")
    assert "No year found" in without


def test_what_is_wrong_with_a_template_is_marked_where_it_stands(
    admin_client: Client, comics: list[Comic]
) -> None:
    names = page_of(
        admin_client, f"/preview/names/?comics={comics[0].pk}&options-template=a}} {{issue}}"
    )
    assert "a<mark>}</mark> {issue}" in names
    assert "has no partner" in names


def test_names_take_as_many_queries_whatever_their_number(
    admin_client: Client, comics: list[Comic], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    wanted = ",".join(str(comic.pk) for comic in comics)
    with django_assert_num_queries(3):  # session, user, comics
        admin_client.get(f"/preview/names/?comics={wanted}&options-template={{issue}}")
