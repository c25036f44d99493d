"""Which items of a preview somebody has ticked: kept in their session, over pages and reloads."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from jobs.models import Job

KEY = "ticks"
MOST_JOBS = 20
"""Those whose ticks were left alone for the longest time are forgotten."""


@dataclass(frozen=True)
class Ticks:
    """All items but some, or these alone, by their positions: what somebody did by hand."""

    all: bool = True
    but: frozenset[int] = frozenset()

    def hold(self, position: int) -> bool:
        return (position in self.but) != self.all

    def count(self, job: Job) -> int:
        return job.changed - len(self.but) if self.all else len(self.but)


def of(session: SessionBase, job: Job) -> Ticks:
    kept = session.get(KEY, {}).get(str(job.pk), {})
    return Ticks(kept.get("all", True), frozenset(kept.get("but", ())))


def note(session: SessionBase, job: Job, *, shown: Iterable[int], ticked: Iterable[int]) -> None:
    """Of the items on a page these are ticked, and the others are not."""
    before = of(session, job)
    on_page = {position for position in shown if 0 < position <= job.total}
    here = on_page - set(ticked) if before.all else on_page & set(ticked)
    _keep(session, job, Ticks(before.all, frozenset(before.but - on_page | here)))


def note_all(session: SessionBase, job: Job, *, ticked: bool) -> None:
    """Of all pages."""
    _keep(session, job, Ticks(ticked))


def _keep(session: SessionBase, job: Job, ticks: Ticks) -> None:
    kept: dict[str, Any] = session.get(KEY, {})
    kept.pop(str(job.pk), None)
    if ticks != Ticks():
        kept[str(job.pk)] = {"all": ticks.all, "but": sorted(ticks.but)}
    session[KEY] = dict(list(kept.items())[-MOST_JOBS:])
