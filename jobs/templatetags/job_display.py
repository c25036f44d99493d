"""What jobs.display says of a job, for templates."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from jobs import display
from jobs.differences import Part

register = template.Library()

register.filter("bar", display.bar)
register.filter("counters", display.counters)
register.filter("preview_counters", display.preview_counters)
register.filter("calls", display.calls)
register.filter("banner", display.banner)
register.filter("tone", display.tone)
register.filter("status", display.status)
register.filter("status_label", display.status_label)
register.filter("elapsed", display.elapsed)
register.filter("summary", display.summary)


@register.filter
def marked(parts: Iterable[Part], tag: str) -> SafeString:
    """The text with <del> or <ins> around what differs."""
    around = {True: f"<{tag}>{{}}</{tag}>", False: "{}"}
    shown = (format_html(around[part.differs], part.text) for part in parts)
    return format_html_join("", "{}", ((each,) for each in shown))
