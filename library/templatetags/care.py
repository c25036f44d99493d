"""How libraries are looked after by themselves, for templates."""

from typing import Any

from django import template

from jobs import schedules
from jobs.schedules import Schedule
from library.forms import CareForm
from library.models import Library
from library.watching.state import Status, watched

register = template.Library()


@register.inclusion_tag("library/_care.html", takes_context=True)
def care_of(context: dict[str, Any], library: Library) -> dict[str, Any]:
    """Its form, and how it stands. `wrong_care` in the context is one that was not saved."""
    wrong: CareForm | None = context.get("wrong_care")
    is_wrong = wrong is not None and wrong.instance.pk == library.pk
    return {
        "library": library,
        "form": wrong if is_wrong else CareForm(instance=library, prefix=f"care-{library.pk}"),
        "status": status_of(library),
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def status_of(library: Library) -> Status:
    return Status(watched(Library.objects.all()).get(pk=library.pk))


@register.simple_tag
def statuses() -> list[Status]:
    return [Status(each) for each in watched(Library.objects.all())]


@register.filter
def enabled(statuses: list[Status]) -> list[Status]:
    """Those that are to be watched."""
    return [each for each in statuses if each.is_enabled]


@register.filter
def troubled(statuses: list[Status]) -> str:
    """The first library of which something is wrong; "" where all is well."""
    return next((str(each.library) for each in statuses if not each.is_well), "")


@register.simple_tag
def upcoming() -> list[Schedule]:
    return [schedule for schedule in schedules.upcoming() if schedule.scope]
