"""A little verifying each night, and scans at their times."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils.timezone import now

from jobs import lifecycle, schedules
from jobs.models import Job, Schedule
from library import registering, scheduling
from library.models import Comic, Library
from library.verification import longest_unverified, note_tried

pytestmark = pytest.mark.django_db


@pytest.fixture
def library() -> Library:
    library = Library.objects.create(name="Books", path="/srv/books")
    for number in range(10):
        Comic.objects.create(
            library=library, path=f"{number}.cbz", name=f"{number}.cbz", size_bytes=100, mtime_ns=5
        )
    return library


def verified(name: str, *, days_ago: int, **values: int) -> None:
    same = {"verified_size_bytes": 100, "verified_mtime_ns": 5}
    when = now() - timedelta(days=days_ago)
    Comic.objects.filter(name=f"{name}.cbz").update(verified_at=when, **{**same, **values})


def chosen(library: Library, days: int) -> list[str]:
    return [path.removesuffix(".cbz") for _pk, path in longest_unverified(library, days)]


def nights(library: Library, days: int) -> Iterator[list[str]]:
    for night in range(days):
        names = chosen(library, days)
        for name in names:
            verified(name, days_ago=days - night)
        yield names


def test_within_the_days_all_are_verified_and_the_longest_unverified_first(
    library: Library,
) -> None:
    for name in "01234":
        verified(name, days_ago=100 - int(name))
    assert chosen(library, 4) == ["5", "6", "7"]
    done = [name for names in nights(library, 4) for name in names]
    assert done[:10] == list("5678901234")


def test_a_large_comic_counts_for_many_small_ones(library: Library) -> None:
    Comic.objects.filter(name="0.cbz").update(size_bytes=1000)
    assert chosen(library, 2) == ["0"]


def test_a_file_that_was_changed_since_counts_as_never_verified(library: Library) -> None:
    for name in "0123456789":
        verified(name, days_ago=int(name))
    verified("4", days_ago=0, verified_mtime_ns=4)
    assert chosen(library, 5) == ["4", "9"]


def test_one_that_cannot_be_looked_into_waits_for_its_next_turn(library: Library) -> None:
    assert chosen(library, 10) == ["0"]
    note_tried([Comic.objects.get(name="0.cbz")])
    assert chosen(library, 10) == ["1"]


@pytest.mark.django_db(transaction=True)
def test_each_night_a_share_is_a_job_of_its_own(library: Library) -> None:
    registering.change(library, verify_days=5)
    schedule = Schedule.objects.get()
    schedules.run_due(moment=schedule.next_at)
    job = Job.objects.get()
    assert (job.operation, job.total, job.scope) == (
        "verify",
        2,
        "The longest unverified of “Books”",
    )
    assert schedule.scope == job.scope


def test_a_librarys_times_make_its_schedules(library: Library) -> None:
    registering.change(library, scan_times="15:00,3:30", verify_days=30)
    assert library.scan_times == "03:30, 15:00"
    planned = dict(Schedule.objects.values_list("operation", "timetable"))
    assert planned == {"scan": "03:30, 15:00", "verify": "03:00"}
    Schedule.objects.all().delete()
    scheduling.plan_all()
    assert Schedule.objects.count() == 2
    registering.change(library, scan_times="", verify_days=0)
    assert not Schedule.objects.exists()


def test_a_library_that_is_removed_takes_its_schedules_along(library: Library) -> None:
    registering.change(library, scan_times="every 6 hours")
    registering.remove(library)
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(
    "selection", [{"library": 1, "within_days": 0}, {"within_days": 3}, {"within_days": True}]
)
def test_a_bad_share_is_refused(library: Library, selection: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="within_days"):
        lifecycle.submit("verify", selection)
