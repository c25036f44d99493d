"""Icons, numbers and times as every page writes them."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zlib import crc32

from django import template
from django.templatetags.static import static
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

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
        date_format(local, "DATETIME_FORMAT"),
        since((now() - then).total_seconds()),
    )


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
