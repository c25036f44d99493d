"""Carry out one change of a comic's file, from the journal's first row to its last."""

import logging
from collections.abc import Callable

from library import journal, replacing
from library.archives.building import BuiltFile, Workplace
from library.exceptions import ComicError
from library.journal import Intent
from library.models import Change

logger = logging.getLogger(__name__)

Build = Callable[[Workplace], BuiltFile | None]
"""None where the comic only gets another name."""


def carry_out(intent: Intent, build: Build, *, keeps_original: bool = False) -> Change:
    """Reserve, build, settle, record.

    Whatever goes wrong, the comic is as it was; where the disk refuses even that, the change
    stays open and recovery takes it up at the next start.

    Raises:
        ComicError: why it could not be done.
    """
    change = journal.reserve(intent)
    try:
        built = build(Workplace(change.token, change.library.path))
        journal.make_ready(change, built, keeps_original=keeps_original)
        replacing.settle(journal.replacement(change))
        journal.finish(change)
    # A stop of the worker and the like too: none may leave the comic leased.
    except BaseException:
        if not abandon(change):
            raise
    return change


def abandon(change: Change) -> bool:
    """Take back what is on the disk, then say so in the journal; left open if the disk refuses.

    True where the change stands all the same, because it was over before it failed.
    """
    try:
        ending = replacing.recover(journal.replacement(change))
    except ComicError:
        logger.exception("change left open for recovery change=%s path=%s", change.pk, change.path)
        return False
    if ending == "done":
        journal.finish(change)
        return True
    journal.give_up(change)
    return False
