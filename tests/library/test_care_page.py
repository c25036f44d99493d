"""How libraries are looked after by themselves: settings, the rail, and the schedule."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.timezone import now

from jobs.models import Job, Schedule
from library import registering
from library.models import Library
from library.watching import state

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.objects.create(name="Books", path=str(tmp_path), scanned_at=now())


def save(pages: Client, library: Library, **values: object) -> str:
    given = {"watch": "list", "scan_times": "", "verify_days": 0, "verify_time": "03:00", **values}
    data = {f"care-{library.pk}-{name}": value for name, value in given.items()}
    answer = pages.post(f"/settings/libraries/{library.pk}/care/", data, follow=True)
    library.refresh_from_db()
    return answer.content.decode()


def test_watching_and_times_are_saved(pages: Client, library: Library) -> None:
    page = save(pages, library, watch="process", scan_times="3:30", verify_days=30)
    assert (library.watch, library.scan_times, library.verify_days) == ("process", "03:30", 30)
    assert "Nobody watches it: no worker runs." in page
    assert 'value="03:30"' in page
    assert Schedule.objects.count() == 2


def test_what_is_no_time_stays_in_the_form_with_what_can_be_written(
    pages: Client, library: Library
) -> None:
    page = save(pages, library, scan_times="noon")
    assert "Give times of the day, such as 03:30" in page
    assert 'value="noon"' in page
    assert (library.watch, library.scan_times) == ("off", "")


def test_the_page_says_what_is_wrong_and_what_was_done_last(
    pages: Client, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state.Status, "is_held", True)
    Library.objects.update(watch="list")
    job = Job.objects.create(operation="scan")
    state.tell(library, method="polling", remark="Its file system (nfs) is silent.")
    state.tell(library, did="Found: 3 new or changed.", did_at=now(), job=job.pk)
    page = pages.get("/settings/").content.decode()
    assert "Watched by looking now and then." in page
    assert "Its file system (nfs) is silent." in page
    assert f'<a href="/jobs/{job.pk}/">Found: 3 new or changed.</a>' in page
    state.tell(library, method="", problem="The folder is empty.")
    assert "The folder is empty." in pages.get("/settings/").content.decode()


@pytest.mark.parametrize(
    ("watch", "is_held", "said"),
    [
        ("off", True, "No folder is watched"),
        ("list", True, "1 folder watched"),
        ("list", False, "Trouble with “Books”"),
    ],
)
def test_the_rail_says_it_in_a_few_words(
    pages: Client,
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
    watch: str,
    is_held: bool,
    said: str,
) -> None:
    monkeypatch.setattr(state.Status, "is_held", is_held)
    state.tell(library, method="events")
    Library.objects.update(watch=watch)
    fragment = pages.get("/watching/").content.decode()
    assert said in fragment
    assert f'id="standing-{library.pk}"' in fragment
    assert said in pages.get("/history/").content.decode()


def test_activity_shows_what_comes_next(pages: Client, library: Library) -> None:
    assert "Nothing is done at set times." in pages.get("/jobs/").content.decode()
    registering.change(library, scan_times="every 6 hours", verify_days=7)
    page = pages.get("/jobs/").content.decode()
    assert "every 6 hours" in page
    assert "The longest unverified of “Books”" in page
    assert "not done yet" in page


@pytest.mark.django_db(transaction=True)
def test_a_folder_that_is_added_is_watched_as_was_chosen(pages: Client, tmp_path: Path) -> None:
    for number, given in enumerate(({}, {"watch": "process"})):
        folder = tmp_path / str(number)
        folder.mkdir()
        pages.post("/settings/", {"path": str(folder), **given})
    assert list(Library.objects.order_by("pk").values_list("watch", flat=True)) == [
        "list",
        "process",
    ]


def test_one_page_of_the_rail_is_the_current_one(pages: Client, library: Library) -> None:
    for address in ("/", "/duplicates/", "/jobs/", "/settings/"):
        rail = pages.get(address).content.decode().partition('<nav class="nav"')[2]
        assert rail.partition("</nav>")[0].count("aria-current") == 1, address
