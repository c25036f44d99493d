from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import now

from comicmaintainer import settings as product
from jobs import operations
from jobs.operations import Abandoned
from library.models import TrashedFile
from library.purging import forget_history, purge
from tests.library.shelving import Shelf

pytestmark = pytest.mark.django_db


def test_what_is_old_enough_leaves_the_trash(tmp_path: Path, settings: Any) -> None:
    shelf = Shelf(tmp_path)
    shelf.change(shelf.comic(), keeps_original=True)
    settings.TRASH_DAYS = 3
    assert purge(at=now() + timedelta(days=2)) == 0
    assert len(shelf.trash()) == 1
    assert purge(at=now() + timedelta(days=4)) == 1
    assert shelf.trash() == []
    assert not TrashedFile.objects.exists()


def test_of_a_library_that_is_away_nothing_is_forgotten(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "comics")
    shelf.change(shelf.comic(), keeps_original=True)
    shelf.root.rename(tmp_path / "away")
    shelf.root.mkdir()
    assert purge(at=now() + timedelta(days=99)) == 0
    assert TrashedFile.objects.exists()


def test_a_worker_purges_and_gives_it_up_when_it_stops(tmp_path: Path) -> None:
    def stopping() -> None:
        raise Abandoned

    shelf = Shelf(tmp_path)
    shelf.change(shelf.comic(), keeps_original=True)
    TrashedFile.objects.update(trashed_at=now() - timedelta(days=99))
    assert purge in operations.chores
    with pytest.raises(Abandoned):
        purge(stopping)
    assert len(shelf.trash()) == 1


def test_changes_are_remembered_as_long_as_it_is_set(tmp_path: Path, settings: Any) -> None:
    shelf = Shelf(tmp_path)
    shelf.change(shelf.comic(), keeps_original=True)
    settings.HISTORY_DAYS = 0
    assert forget_history(at=now() + timedelta(days=9999)) == 0
    settings.HISTORY_DAYS = 10
    assert forget_history(at=now() + timedelta(days=9)) == 0
    assert forget_history(at=now() + timedelta(days=11)) == 1
    assert TrashedFile.objects.get().change is None


def test_settings_and_document_agree_on_the_days() -> None:
    row = next(
        line
        for line in (product.BASE_DIR / "docs/settings.md").read_text().splitlines()
        if line.startswith("| `TRASH_DAYS`")
    )
    assert f"`{product.TRASH_DAYS}`" in row
