"""Icons, numbers and times as every page writes them."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zlib import crc32

from django import template
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.formats import date_format, get_format, number_format, time_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime, now
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from library.tag_values import LABELS

register = template.Library()

SPRITE = "icons/lucide-1.62.0.svg"
TILES = 8

SIZES = ("kB", "MB", "GB", "TB")

FIELDS = {
    "name": gettext_lazy("Name"),
    "path": gettext_lazy("Place"),
    "format": gettext_lazy("Format"),
    "files": gettext_lazy("Files"),
    "pages": gettext_lazy("Pages"),
    "verdict": gettext_lazy("Verdict"),
}
"""Of changes, besides the tags."""


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """A decorative icon; what it means stands beside it in words."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static(SPRITE), name
    )


@register.filter
def address(pk: int, name: str) -> str:
    """As `{% url name pk %}` says it, at a tenth of the cost: lists have two in each row."""
    before, after = _around_the_number(name, get_script_prefix())
    return f"{before}{pk}{after}"


@cache
def _around_the_number(name: str, script_prefix: str) -> tuple[str, str]:
    number = 987654321
    before, after = reverse(name, args=[number]).rsplit(str(number), 1)
    return before, after


@register.filter
def tile(text: str) -> int:
    """Which colour stands for this series: always the same one."""
    return crc32(text.encode()) % TILES


@register.filter
def filesize(size_bytes: int) -> str:
    """Decimal units, as file managers show them: 980 B, 4.2 MB, 122 MB."""
    if size_bytes < 1000:
        return f"{number_format(size_bytes)} B"
    amount = float(size_bytes)
    for unit in SIZES:
        amount /= 1000
        if amount < 999.5 or unit == SIZES[-1]:
            return f"{number_format(amount, 1 if amount < 9.95 else 0)} {unit}"
    raise AssertionError


@register.filter
def moment(mtime_ns: int) -> datetime:
    return datetime.fromtimestamp(mtime_ns / 1e9, UTC)


@register.filter
def duration(length: timedelta | float | None) -> str:
    """< 0.1 s, 0.4 s, 32 s, 1 min 15 s, 2 h 5 min; "" for None. A bare number is seconds."""
    if length is None:
        return ""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if seconds < 0.1:
        return _("< %s s") % number_format(0.1, 1)
    if seconds < 1:
        return _("%s s") % number_format(seconds, 1)
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("%(h)d h %(m)d min") % {"h": hours, "m": minutes}
    if minutes:
        return _("%(m)d min %(s)d s") % {"m": minutes, "s": seconds}
    return _("%s s") % seconds


@register.filter
def field_label(field: str) -> str:
    """What people call a field of a change; itself where they have no other word for it."""
    return str(FIELDS.get(field) or LABELS.get(field, field))


@register.filter
def seconds(length: timedelta | None) -> str:
    """For scripts: with a decimal point whatever the language."""
    return "" if length is None else f"{length.total_seconds():.1f}"


@register.filter
def percent(percentage: float) -> str:
    """Rounded down, so that 100 means done."""
    return number_format(int(percentage))


@register.filter
def ago(then: datetime | None) -> SafeString | str:
    """A `<time>` that scripts keep fresh, saying how long ago; "" for None."""
    if then is None:
        return ""
    local = localtime(then)
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>',
        local.isoformat(),
        exactly(local),
        since((now() - then).total_seconds()),
    )


_CLOCK = re.compile(r"(?<!\\)[aAfgGhHiP]")
_NO_CLOCK = re.compile(r"(?<!\\)[bcdDeEFIjlLmMnNoOrsStTuUwWyYzZ]")


def exactly(local: datetime) -> str:
    """As Django writes it. Lists have one in each row, but of few days, so both halves are kept."""
    language = get_language()
    day, clock = _halves(language)
    if not day:
        return date_format(local, "DATETIME_FORMAT")
    minute = time(local.hour, local.minute)
    return _half(local.date(), day, language) + _half(minute, clock, language)


@cache
def _halves(language: str | None) -> tuple[str, str]:
    """How a language writes the day and then the minute; nothing where it does so otherwise."""
    form = get_format("DATETIME_FORMAT", lang=language)
    clock = _CLOCK.search(form)
    if clock is None or _NO_CLOCK.search(form, clock.start()):
        return "", ""
    return form[: clock.start()], form[clock.start() :]


@lru_cache(maxsize=8192)
def _half(moment: date | time, form: str, language: str | None) -> str:
    return date_format(moment, form) if isinstance(moment, date) else time_format(moment, form)


def since(seconds: float) -> str:
    if seconds < 10:
        return _("just now")
    if seconds < 60:
        return ngettext("%d second ago", "%d seconds ago", int(seconds)) % int(seconds)
    if (minutes := int(seconds / 60)) < 60:
        return ngettext("%d minute ago", "%d minutes ago", minutes) % minutes
    if (hours := int(seconds / 3600)) < 24:
        return ngettext("%d hour ago", "%d hours ago", hours) % hours
    days = int(seconds / 86400)
    if days < 30:
        return ngettext("%d day ago", "%d days ago", days) % days
    if (months := int(days / 30.44)) < 12:
        return ngettext("%d month ago", "%d months ago", max(1, months)) % max(1, months)
    years = int(days / 365.25) or 1
    return ngettext("%d year ago", "%d years ago", years) % years
