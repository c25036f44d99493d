import logging
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.lifecycle import NotAllowed
from jobs.models import Job, JobItem
from library.models import Change, Library
from library.registering import remove
from tests.library.management.test_recover import interrupted_after
from tests.library.shelving import Shelf, sha256

pytestmark = pytest.mark.django_db


def in_work(shelf: Shelf) -> JobItem:
    """The item of the open change, as a worker has it."""
    job = Job.objects.create(operation="process", revision=1)
    item = JobItem.objects.create(job=job, position=3, key="1", path="", owner="somebody")
    Change.objects.open().update(job=job.pk, position=3)
    return item


@pytest.fixture
def busy(tmp_path: Path) -> Shelf:
    shelf = interrupted_after("make_ready", tmp_path / "comics")
    in_work(shelf)
    return shelf


@pytest.fixture
def site(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


def test_what_a_crash_interrupted_is_taken_back_first(tmp_path: Path) -> None:
    shelf = interrupted_after("make_ready", tmp_path / "comics")
    before = sha256(shelf.root / "Ash/old.cbz")
    assert any(".cm-" in name for name in shelf.names())
    remove(shelf.library)
    assert not Library.objects.exists()
    assert shelf.names() == ["Ash/old.cbz", "Ash/other.cbz"]
    assert sha256(shelf.root / "Ash/old.cbz") == before


def test_what_had_come_so_far_is_finished(tmp_path: Path) -> None:
    shelf = interrupted_after("unlink", tmp_path / "comics")
    remove(shelf.library)
    assert shelf.names() == ["Ash/old.cbz", "Ash/other.cbz"]


def test_of_a_folder_that_is_away_it_is_forgotten_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shelf = interrupted_after("make_ready", tmp_path / "comics")
    shelf.root.rename(tmp_path / "away")
    with caplog.at_level(logging.WARNING):
        remove(shelf.library)
    assert "Ash/old.cbz: test still open" in caplog.text
    assert not Library.objects.exists()
    assert not Change.objects.exists()


def test_what_a_worker_has_just_now_is_waited_for(tmp_path: Path) -> None:
    shelf = interrupted_after("make_ready", tmp_path / "comics")
    item = in_work(shelf)
    with pytest.raises(NotAllowed, match="is changing a comic of"):
        remove(shelf.library)
    assert Change.objects.open().exists()
    JobItem.objects.filter(pk=item.pk).update(owner="")
    remove(shelf.library)
    assert not Library.objects.exists()


def test_the_page_the_api_and_the_admin_say_so(site: Client, busy: Shelf) -> None:
    said = "is changing a comic of"
    pk = busy.library.pk
    answer: Any = site.delete(f"/api/libraries/{pk}/")
    assert (answer.status_code, said in answer.json()["detail"]) == (409, True)
    for url in (f"/settings/libraries/{pk}/remove/", f"/admin/library/library/{pk}/delete/"):
        assert said in site.post(url, {"post": "yes"}, follow=True).content.decode()
    assert Library.objects.exists()
    assert Change.objects.open().exists()


def test_the_admin_removes_no_library_but_through_the_one_door(site: Client, busy: Shelf) -> None:
    body = {"action": "delete_selected", "_selected_action": [busy.library.pk], "post": "yes"}
    site.post("/admin/library/library/", body)
    assert Library.objects.exists()
