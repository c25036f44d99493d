from pathlib import Path

import pytest
from django.test import Client

from jobs.models import Job
from library.models import Comic
from tests.library.shelving import Shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def comics(tmp_path: Path) -> list[Comic]:
    shelf = Shelf(tmp_path)
    return [shelf.comic(f"Ash/{n}.cbz") for n in range(3)]


def test_it_offers_every_operation_for_all_comics(
    admin_client: Client, comics: list[Comic]
) -> None:
    page = admin_client.get("/operations/").content.decode()
    assert "With 3 comics." in page
    for label in ("Process", "Rename", "Normalise tags", "Convert to CBZ", "Edit tags", "Verify"):
        assert f">{label}</h2>" in page
    assert ">Scan</h2>" not in page


def test_the_ticked_comics_go_over_to_the_job(admin_client: Client, comics: list[Comic]) -> None:
    ticked = {"scope": "ticked", "comics": [comics[0].pk], "ids": str(comics[2].pk)}
    page = admin_client.post("/operations/", ticked).content.decode()
    assert "With 2 comics." in page
    ids = f"{comics[0].pk},{comics[2].pk}"
    assert f'name="ids" value="{ids}"' in page
    answer = admin_client.post(
        "/operations/rename/",
        {"scope": "ticked", "ids": ids, "rename-template": "{series} {issue}", "preview": "1"},
    )
    job = Job.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}/"
    assert (job.operation, job.dry_run, job.total) == ("rename", True, 2)
    assert job.options == {"template": "{series} {issue}"}


def test_a_filter_goes_over_too(admin_client: Client, comics: list[Comic]) -> None:
    chosen = {"scope": "filter", "filter": "search=1.cbz"}
    assert "With 1 comic." in admin_client.post("/operations/", chosen).content.decode()
    admin_client.post("/operations/normalize/", chosen)
    assert Job.objects.get().total == 1


def test_wrong_options_are_said_beside_their_field(
    admin_client: Client, comics: list[Comic]
) -> None:
    answer = admin_client.post(
        "/operations/rename/", {"scope": "all", "rename-template": "{nothing}"}
    )
    assert answer.status_code == 400
    assert "There is no field {nothing}" in answer.content.decode()
    assert not Job.objects.exists()


def test_what_only_programs_give_is_not_on_the_page(
    admin_client: Client, comics: list[Comic]
) -> None:
    page = admin_client.get("/operations/").content.decode()
    assert 'name="edit_tags-field"' in page
    assert 'name="edit_tags-tags"' not in page
    chosen = {"scope": "all", "edit_tags-action": "clear", "edit_tags-field": "Title"}
    admin_client.post("/operations/edit_tags/", chosen)
    job = Job.objects.get()
    assert (job.options["action"], job.options["field"], job.options["tags"]) == (
        "clear",
        "Title",
        {},
    )


def test_without_a_selection_one_is_sent_back(admin_client: Client, comics: list[Comic]) -> None:
    answer = admin_client.post("/operations/", {"scope": "ticked"}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "Tick at least one comic first." in answer.content.decode()
    assert admin_client.post("/operations/nothing/", {"scope": "all"}).status_code == 404
