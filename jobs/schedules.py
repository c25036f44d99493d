"""Jobs at their times. A run is claimed by moving its row's next time on, so of several workers
that look one submits it."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.timezone import get_default_timezone, localtime, now
from django.utils.translation import gettext as _

from jobs import lifecycle
from jobs.models import Schedule as Schedule
from jobs.operations import Check, Options, Selection, go_on
from jobs.timetable import Timetable

logger = logging.getLogger(__name__)

LATE = timedelta(hours=1)
"""What is later than that was missed."""


def plan(
    name: str,
    timetable: Timetable,
    operation: str,
    *,
    selection: Selection,
    options: Options | None = None,
    makes_up: bool = True,
) -> None:
    """Have it done from now on; where there is no timetable, no longer."""
    moment = now()
    due = timetable.next_after(moment, get_default_timezone())
    if due is None:
        forget(name)
        return
    values: dict[str, Any] = {
        "operation": operation,
        "selection": dict(selection),
        "options": dict(options or {}),
        "timetable": str(timetable),
        "makes_up": makes_up,
    }
    planned = Schedule.objects.filter(pk=name, **values)
    if timetable.every_hours and planned.exists():
        return
    # What is overdue stays so; else the zone may be another one than before.
    if planned.filter(next_at__lte=moment).exists():
        return
    Schedule.objects.update_or_create(name=name, defaults={**values, "next_at": due})


def forget(name: str) -> None:
    Schedule.objects.filter(pk=name).delete()


def run_due(check: Check = go_on, *, moment: datetime | None = None) -> None:
    """Submit what is due; every few seconds, by every worker."""
    moment = moment or now()
    for schedule in Schedule.objects.filter(next_at__lte=moment):
        check()
        if _claim(schedule, moment):
            _run(schedule, moment)


def _claim(schedule: Schedule, moment: datetime) -> bool:
    timetable, zone = Timetable.parse(schedule.timetable), get_default_timezone()
    following = timetable.next_after(moment, zone, schedule.next_at)
    mine = Schedule.objects.filter(pk=schedule.pk, next_at=schedule.next_at)
    return bool(mine.update(next_at=following, last_at=moment))


def _run(schedule: Schedule, moment: datetime) -> None:
    job, remark = None, _why_not(schedule, moment)
    if not remark:
        try:
            job = lifecycle.submit(
                schedule.operation, schedule.selection, options=schedule.options
            ).pk
        except ValidationError as error:
            remark = " ".join(error.messages)
    if remark:
        logger.info("schedule left out name=%s why=%s", schedule.name, remark)
    values = {"remark": remark[:300], **({"last_job": job} if job else {})}
    Schedule.objects.filter(pk=schedule.pk).update(**values)


def _why_not(schedule: Schedule, moment: datetime) -> str:
    if schedule.last_job and not lifecycle.has_ended(schedule.last_job):
        return _("Left out, because the job before has not ended yet.")
    if moment - schedule.next_at > LATE and not schedule.makes_up:
        return _("Left out at %s, because no worker ran.") % f"{localtime(schedule.next_at):%H:%M}"
    return ""


def upcoming() -> list[Schedule]:
    """The next one first."""
    return list(Schedule.objects.all())
