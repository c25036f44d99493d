"""Finish or take back what a crash has interrupted, as the journal and the disk tell."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from jobs import lifecycle
from library import journal, replacing
from library.changing import close, units
from library.exceptions import ComicError, FileProblem
from library.files import plain_errors
from library.models import Change, ChangeQuerySet, Library

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recovered:
    path: str
    operation: str
    ending: Literal["done", "taken_back", "open"]
    why_open: str = ""

    def __str__(self) -> str:
        said = {"done": "finished", "taken_back": "taken back", "open": "still open"}[self.ending]
        return f"{self.path}: {self.operation} {said}{self.why_open and f' ({self.why_open})'}"


def recover_all(*, dry_run: bool = False, nobody_works: bool = False) -> Iterator[Recovered]:
    """Every open change that nobody is at: its job's item is no worker's just now.

    `nobody_works`: whatever the items say, because what has them is a worker that died.
    """
    for unit in interrupted(Change.objects.open(), nobody_works=nobody_works):
        yield from map(_foresee, unit) if dry_run else recover(unit)


def interrupted(changes: ChangeQuerySet, *, nobody_works: bool = False) -> Iterator[list[Change]]:
    """Those of these open changes that no worker is at; together where they change places."""
    open_changes = list(changes.order_by("pk"))
    # Asked after the changes: whoever was at one of them then has its item still, or is done.
    jobs = set() if nobody_works else {change.job for change in open_changes if change.job}
    in_work = lifecycle.in_work(jobs)
    for unit in units(open_changes):
        if not any((change.job, change.position) in in_work for change in unit):
            found = Change.objects.open().select_related("library").in_bulk([c.pk for c in unit])
            if len(found) == len(unit):
                yield [found[change.pk] for change in unit]


def recover(unit: Sequence[Change]) -> list[Recovered]:
    """One change, or several that change places."""
    try:
        _check_is_there(unit[0].library)
        standing = close(unit)
    except ComicError as error:
        # The library may be away just now; nothing is known, so nothing is decided.
        return [Recovered(c.path, c.operation, "open", str(error)) for c in unit]
    return [
        Recovered(change.path, change.operation, "done" if stands else "taken_back")
        for change, stands in zip(unit, standing, strict=True)
    ]


def _check_is_there(library: Library) -> None:
    """A folder with nothing in it may be where its disk is attached: raises FileProblem."""
    with plain_errors():
        if not any(library.root.iterdir()):
            raise FileProblem("The library's folder is empty.")


def recover_at_start() -> None:
    for recovered in recover_all():
        logger.warning("interrupted change: %s", recovered)


def _foresee(change: Change) -> Recovered:
    try:
        _check_is_there(change.library)
        ending = replacing.foresee(journal.replacement(change))
    except ComicError as error:
        return Recovered(change.path, change.operation, "open", str(error))
    return Recovered(change.path, change.operation, ending)
