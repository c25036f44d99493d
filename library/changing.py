"""Carry out changes of comics' files, from the journal's first row to its last."""

import logging
from collections.abc import Callable, Sequence

from django.db import DatabaseError

from library import journal, replacing
from library.archives.constructions import BuiltFile, Workplace
from library.exceptions import ComicError
from library.foldering import remove_made
from library.journal import ClosedAlready, Intent
from library.models import Change
from library.rotating import rounds
from library.trash import Removed

logger = logging.getLogger(__name__)

Built = BuiltFile | Removed | None
"""None where the comic only gets another name."""
Build = Callable[[Workplace], Built]
BuildAll = Callable[[Sequence[Workplace]], Sequence[Built | ComicError]]


def carry_out(intent: Intent, build: Build, *, keeps_original: bool = False) -> Change:
    """Reserve, build, settle, record.

    Whatever goes wrong, the comic is as it was; where the disk refuses even that, the change
    stays open and recovery takes it up at the next start.

    Raises:
        ComicError: why it could not be done.
    """
    [change] = carry_out_all(
        [intent], lambda places: [build(places[0])], keeps_original=keeps_original
    )
    if isinstance(change, ComicError):
        raise change
    return change


def carry_out_all(
    intents: Sequence[Intent], build: BuildAll, *, keeps_original: bool = False
) -> list[Change | ComicError]:
    """The same for several, whose commits and syncs are shared; each has its own result.

    Raises whatever `build` raises, and NameInUse or FileChanged where one of them could not be
    reserved: then all comics are as they were, but for changes that were over already.
    """
    changes = journal.reserve(intents)
    try:
        problems = _settle(changes, build, keeps_original=keeps_original)
    # A stop of the worker and the like too: none may leave a comic leased.
    except BaseException:
        if not _abandon_all(changes):
            raise
        problems = {}
    standing = {
        change
        for unit in units([change for change in changes if change in problems])
        for change, stands in zip(unit, abandon_unit(unit), strict=True)
        if stands
    }
    return [change if change in standing else problems.get(change, change) for change in changes]


def units(changes: Sequence[Change]) -> list[list[Change]]:
    """Those together that change places, all others alone."""
    return rounds(changes, lambda change: (change.library_id, change.path), _goal)


def _goal(change: Change) -> tuple[int, str] | None:
    return (change.library_id, change.result_path) if change.new_name else None


def _abandon_all(changes: Sequence[Change]) -> bool:
    """Whether all stand. Each is tried, also where the database fails at one of them."""
    standing = []
    for unit in units(changes):
        try:
            standing += abandon_unit(unit)
        # What is left open, an item that is tried again or the next start closes.
        except DatabaseError:
            logger.exception("changes left open changes=%s", [change.pk for change in unit])
            standing.append(False)
    return all(standing)


def _settle(
    changes: Sequence[Change], build: BuildAll, *, keeps_original: bool
) -> dict[Change, ComicError]:
    """Which could not be done, and why; these are still open."""
    problems: dict[Change, ComicError] = {}
    ready: dict[Change, Built] = {}
    places = [_workplace(change, keeps_original=keeps_original) for change in changes]
    for change, built in zip(changes, build(places), strict=True):
        if isinstance(built, ComicError):
            problems[change] = built
        else:
            ready[change] = built
    journal.make_ready(ready)
    replacements = [journal.replacement(change) for change in ready]
    for change, problem in zip(ready, replacing.settle_all(replacements), strict=True):
        if problem:
            problems[change] = problem
    journal.finish([change for change in ready if change not in problems])
    return problems


def _workplace(change: Change, *, keeps_original: bool) -> Workplace:
    folder = change.new_folder if change.crosses else None
    keeps = keeps_original or change.crosses
    return Workplace(change.token, change.library.path, folder, keeps)


def abandon(change: Change) -> bool:
    """Close a change that failed; left open if the disk refuses.

    True where the change stands all the same, because it was over before it failed.
    """
    [stands] = abandon_unit([change])
    return stands


def abandon_unit(unit: Sequence[Change]) -> list[bool]:
    """The same for several that change places."""
    try:
        return close(unit)
    except ComicError:
        paths = [change.path for change in unit]
        logger.exception("left open for recovery change=%s paths=%s", unit[0].pk, paths)
        return [False for _ in unit]


def close(unit: Sequence[Change]) -> list[bool]:
    """Finish on the disk what can be, take back all else, then say so in the journal.

    `unit`: one change, or several that change places. Whether each stands. Raises ComicError where
    the disk refuses: they are still open.
    """
    replacements = [journal.replacement(change) for change in unit]
    if len(unit) == 1:
        endings = [replacing.recover(replacements[0])]
    else:
        endings = replacing.recover_round(replacements)
    for ending, move in (("taken_back", journal.give_up), ("done", journal.finish)):
        ended = [change for change, each in zip(unit, endings, strict=True) if each == ending]
        try:
            if ended:
                move(ended)
        except ClosedAlready:
            for change in ended:
                change.refresh_from_db(fields=["state", "finished_at"])
    for change in unit:
        if change.state != Change.State.DONE:
            remove_made(change.library.path, change.new_folder, change.makes)
    return [change.state == Change.State.DONE for change in unit]
