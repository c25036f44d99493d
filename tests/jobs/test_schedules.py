"""Jobs at their times, with the time given."""

from datetime import datetime, timedelta

import pytest
from django.utils.timezone import now

from jobs import schedules
from jobs.models import Job, Schedule
from jobs.timetable import Timetable
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
HOURLY = Timetable(every_hours=1)


def plan(timetable: Timetable = HOURLY, *, makes_up: bool = True, **selection: int) -> Schedule:
    schedules.plan("count:1", timetable, "count", selection=selection, makes_up=makes_up)
    return Schedule.objects.get()


def at(moment: datetime) -> int:
    """How many jobs there are after a look at that time."""
    schedules.run_due(moment=moment)
    return Job.objects.count()


def end_all() -> None:
    Job.objects.update(status="completed", finished_at=now())


def test_it_is_submitted_once_when_it_is_due() -> None:
    due = plan().next_at
    assert at(due - timedelta(seconds=1)) == 0
    assert at(due) == 1
    assert at(due) == 1
    schedule = Schedule.objects.get()
    assert schedule.next_at == due + timedelta(hours=1)
    assert schedule.last_job == Job.objects.get().pk
    assert Job.objects.get().created_by is None


def test_never_two_at_once() -> None:
    due = plan().next_at
    assert at(due) == 1
    assert at(due + timedelta(hours=1)) == 1
    assert "has not ended" in Schedule.objects.get().remark
    end_all()
    assert at(due + timedelta(hours=2)) == 2
    assert Schedule.objects.get().remark == ""


def test_what_was_missed_is_made_up_once_or_left_out() -> None:
    due = plan().next_at
    assert at(due + timedelta(hours=50)) == 1
    end_all()
    assert Schedule.objects.get().next_at == due + timedelta(hours=51)
    due = plan(makes_up=False).next_at
    assert at(due + timedelta(hours=50)) == 1
    assert "no worker ran" in Schedule.objects.get().remark


def test_of_two_that_claim_it_one_submits() -> None:
    schedule = plan()
    first, second = (schedules._claim(schedule, schedule.next_at) for _ in range(2))
    assert (first, second) == (True, False)


def test_one_that_cannot_be_submitted_says_why_and_tries_again() -> None:
    due = plan().next_at
    Schedule.objects.update(operation="unheard_of")
    assert at(due) == 0
    assert "no operation" in Schedule.objects.get().remark
    Schedule.objects.update(operation="count")
    assert at(due + timedelta(hours=1)) == 1


def test_planning_again_changes_what_is_new_and_nothing_else() -> None:
    due = plan().next_at
    assert plan().next_at == due
    nightly = Timetable.parse("03:00")
    assert plan(nightly).next_at != due
    Schedule.objects.update(next_at=due - timedelta(days=1))
    assert plan(nightly).next_at == due - timedelta(days=1)  # overdue, and to be made up
    schedules.plan("count:1", Timetable(), "count", selection={})
    assert not Schedule.objects.exists()


def test_a_worker_looks_at_the_schedules(request: pytest.FixtureRequest) -> None:
    plan()
    Schedule.objects.update(next_at=now() - timedelta(minutes=1))
    request.getfixturevalue("worker")
    until(lambda: Job.objects.exists(), "the job")
