"""When something is due, in a zone whose clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jobs.timetable import BadTimetable, Timetable

BERLIN = ZoneInfo("Europe/Berlin")


def due(text: str, after: str, *, days: int = 1) -> list[str]:
    """The moments in UTC that follow each other."""
    moment, found = datetime.fromisoformat(after).replace(tzinfo=UTC), []
    for _ in range(days):
        following = Timetable.parse(text).next_after(moment, BERLIN)
        assert following is not None
        moment = following
        found.append(f"{moment:%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        (" 3:30,15:00 ", "03:30, 15:00"),
        ("15:00, 03:30, 3:30", "03:30, 15:00"),
        ("every 6 hours", "every 6 hours"),
        ("6h", "every 6 hours"),
        ("Every 1 hour", "every 1 hour"),
    ],
)
def test_what_people_write_is_understood(text: str, shown: str) -> None:
    timetable = Timetable.parse(text)
    assert str(timetable) == shown
    assert bool(timetable) is bool(shown)
    assert Timetable.parse(shown) == timetable


@pytest.mark.parametrize("text", ["24:00", "3", "03:30;", "every 0 hours", "every 999 hours", ","])
def test_what_is_no_timetable_is_refused_with_what_can_be_written(text: str) -> None:
    with pytest.raises(BadTimetable, match="03:30, 15:00"):
        Timetable.parse(text)


def test_times_of_the_day_follow_the_zone() -> None:
    assert due("03:30, 15:00", "2026-01-10T00:00", days=3) == [
        "01-10 02:30",
        "01-10 14:00",
        "01-11 02:30",
    ]


def test_a_time_that_the_clocks_leave_out_is_due_once_and_as_much_later() -> None:
    assert due("02:30", "2026-03-28T00:00", days=3) == ["03-28 01:30", "03-29 01:30", "03-30 00:30"]


def test_a_time_that_the_clocks_pass_twice_is_due_once() -> None:
    assert due("02:30", "2026-10-24T00:00", days=3) == ["10-24 00:30", "10-25 00:30", "10-26 01:30"]


def test_hours_go_by_the_last_time_and_leave_out_what_was_missed() -> None:
    moment = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    every = Timetable.parse("every 6 hours")
    assert every.next_after(moment, BERLIN) == moment + timedelta(hours=6)
    assert every.next_after(moment, BERLIN, moment) == moment + timedelta(hours=6)
    late = moment + timedelta(hours=13)
    assert every.next_after(late, BERLIN, moment) == moment + timedelta(hours=18)


def test_no_timetable_is_never_due() -> None:
    assert Timetable().next_after(datetime(2026, 1, 1, tzinfo=UTC), BERLIN) is None
