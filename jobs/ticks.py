"""Which items of a preview somebody has unticked: kept in their session, over pages and reloads."""

from collections.abc import Iterable
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from jobs.models import Job

KEY = "unticked"
MOST_JOBS = 20
"""Those of which nothing was unticked for the longest time are forgotten."""


def unticked(session: SessionBase, job: Job) -> set[int]:
    """Positions of items."""
    return set(session.get(KEY, {}).get(str(job.pk), ()))


def note(session: SessionBase, job: Job, *, shown: Iterable[int], ticked: Iterable[int]) -> None:
    """Of the items on a page these are ticked, and the others are not."""
    on_page = {position for position in shown if 0 < position <= job.total}
    positions = (unticked(session, job) - on_page) | (on_page - set(ticked))
    kept: dict[str, Any] = session.get(KEY, {})
    kept.pop(str(job.pk), None)
    if positions:
        kept[str(job.pk)] = sorted(positions)
    session[KEY] = dict(list(kept.items())[-MOST_JOBS:])
