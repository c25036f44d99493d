"""What jobs.display says of a job, for templates."""

from django import template

from jobs import display

register = template.Library()

register.filter("bar", display.bar)
register.filter("counters", display.counters)
register.filter("banner", display.banner)
register.filter("tone", display.tone)
register.filter("status", display.status)
register.filter("status_label", display.status_label)
register.filter("elapsed", display.elapsed)
register.filter("summary", display.summary)
