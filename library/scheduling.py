"""What is done with a library at its times: scans, and a little verifying each night."""

from jobs import schedules
from jobs.timetable import Timetable
from library.models import Library


def plan(library: Library) -> None:
    """Bring the schedules in line with what the library says."""
    times = Timetable.parse(library.scan_times)
    schedules.plan(_scan(library.pk), times, "scan", selection={"library": library.pk})
    night = Timetable((library.verify_time,)) if library.verify_days else Timetable()
    schedules.plan(
        _verify(library.pk),
        night,
        "verify",
        selection={"library": library.pk, "within_days": library.verify_days},
        makes_up=False,  # in the daytime somebody may want the disk
    )


def plan_all() -> None:
    for library in Library.objects.all():
        plan(library)


def forget(library: int) -> None:
    for name in (_scan(library), _verify(library)):
        schedules.forget(name)


def _scan(library: int) -> str:
    return f"scan:{library}"


def _verify(library: int) -> str:
    return f"verify:{library}"
