"""Finish or take back what a crash has interrupted, as the journal and the disk tell."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from library import journal, replacing
from library.exceptions import ComicError
from library.models import Change

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


def recover_all(*, dry_run: bool = False) -> Iterator[Recovered]:
    """Only while no worker works: what is open then was interrupted."""
    for change in Change.objects.open().select_related("library").order_by("pk"):
        yield _foresee(change) if dry_run else recover(change)


def recover(change: Change) -> Recovered:
    try:
        ending = replacing.recover(journal.replacement(change))
    except ComicError as error:
        # The library may be away just now; nothing is known, so nothing is decided.
        return Recovered(change.path, change.operation, "open", str(error))
    if ending == "done":
        journal.finish(change)
    else:
        journal.give_up(change)
    return Recovered(change.path, change.operation, ending)


def recover_at_start() -> None:
    for recovered in recover_all():
        logger.warning("interrupted change: %s", recovered)


def _foresee(change: Change) -> Recovered:
    try:
        ending = replacing.foresee(journal.replacement(change))
    except ComicError as error:
        return Recovered(change.path, change.operation, "open", str(error))
    return Recovered(change.path, change.operation, ending)
