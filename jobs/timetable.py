"""When something is due: at times of the day, or every so many hours. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from django.utils.translation import gettext as _

MOST_HOURS = 24 * 31
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_EVERY = re.compile(r"(?:every\s+)?(\d{1,3})\s*(?:h|hours?)", re.IGNORECASE)


class BadTimetable(ValueError):
    """The message says what can be written."""


@dataclass(frozen=True)
class Timetable:
    times: tuple[time, ...] = ()
    every_hours: int = 0
    """Instead of times."""

    @classmethod
    def parse(cls, text: str) -> "Timetable":
        """Raises BadTimetable. An empty text is no timetable, which is never due."""
        text = text.strip()
        if (every := _EVERY.fullmatch(text)) and 0 < int(every[1]) <= MOST_HOURS:
            return cls(every_hours=int(every[1]))
        found = [_TIME.fullmatch(part.strip()) for part in text.split(",")] if text else []
        times = sorted({time(int(match[1]), int(match[2])) for match in found if match})
        if not all(found):
            raise BadTimetable(
                _("Give times of the day, such as 03:30, 15:00, or “every 6 hours”, or nothing.")
            )
        return cls(tuple(times))

    def __str__(self) -> str:
        """As `parse` takes it."""
        if self.every_hours:
            return f"every {self.every_hours} hour{'s' if self.every_hours > 1 else ''}"
        return ", ".join(f"{each:%H:%M}" for each in self.times)

    def __bool__(self) -> bool:
        return bool(self.times or self.every_hours)

    def next_after(
        self, moment: datetime, zone: tzinfo, due: datetime | None = None
    ) -> datetime | None:
        """In UTC; None where it is never due. `due`: when it last was to be, which hours go by.

        A time that the clocks leave out in spring is due as much later; one that they pass twice
        in autumn the first time.
        """
        if self.every_hours:
            step = timedelta(hours=self.every_hours)
            start = due or moment
            return start + step * max(1, (moment - start) // step + 1)
        today = moment.astimezone(zone).date()
        days = (today + timedelta(days=days) for days in range(3))
        moments = (
            datetime.combine(day, each, zone).astimezone(UTC) for day in days for each in self.times
        )
        return min((each for each in moments if each > moment), default=None)
