from pathlib import Path

import pytest
from django.test import Client

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


def test_the_choice_goes_over_to_the_operation(admin_client: Client, comics: list[Comic]) -> None:
    ticked = {"scope": "ticked", "comics": [comics[0].pk], "ids": str(comics[2].pk)}
    page = admin_client.post("/operations/", ticked).content.decode()
    assert "With 2 comics." in page
    assert f'name="ids" value="{comics[0].pk},{comics[2].pk}"' in page
    assert 'formaction="/preview/rename/"' in page
    chosen = {"scope": "filter", "filter": "search=1.cbz"}
    assert "With 1 comic." in admin_client.post("/operations/", chosen).content.decode()


def test_without_a_selection_one_is_sent_back(admin_client: Client, comics: list[Comic]) -> None:
    answer = admin_client.post("/operations/", {"scope": "ticked"}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "Tick at least one comic first." in answer.content.decode()
