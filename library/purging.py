"""What has been kept long enough leaves: originals in the trash, and the history of changes."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.timezone import now

from jobs.operations import Check, go_on
from library.exceptions import FileProblem
from library.models import Change, TrashedFile
from library.trash import FOLDER, remove_from_trash

logger = logging.getLogger(__name__)

_CHUNK = 500


def purge(check: Check = go_on, *, at: datetime | None = None) -> int:
    """Remove files older than TRASH_DAYS; how many. Those of a library that is away stay."""
    cutoff = (at or now()) - timedelta(days=settings.TRASH_DAYS)
    purged = 0
    for old in TrashedFile.objects.filter(trashed_at__lt=cutoff).select_related("library"):
        check()
        purged += _remove(old)
    if purged:
        logger.info("trash purged files=%d", purged)
    return purged


def delete(files: Iterable[TrashedFile]) -> int:
    """Remove these before their time; how many. Those stay that a change needs just now, and those
    of a library that is away."""
    deleted = 0
    for trashed in files:
        is_needed = Change.objects.open().filter(comic__changes__trashed_files=trashed)
        if not is_needed.exists():
            deleted += _remove(trashed)
    logger.info("trash deleted files=%d", deleted)
    return deleted


def _remove(trashed: TrashedFile) -> bool:
    try:
        remove_from_trash(trashed.library.path, trashed.name)
    except FileNotFoundError:
        if not (trashed.library.root / FOLDER).is_dir():
            return False  # its disk is not attached
    except (OSError, FileProblem) as error:
        logger.warning("not purged library=%s file=%s: %s", trashed.library, trashed.name, error)
        return False
    trashed.delete()
    return True


def forget_history(check: Check = go_on, *, at: datetime | None = None) -> int:
    """Delete closed changes older than HISTORY_DAYS, which cannot be undone then; how many."""
    if not settings.HISTORY_DAYS:
        return 0
    cutoff = (at or now()) - timedelta(days=settings.HISTORY_DAYS)
    old = Change.objects.filter(finished_at__lt=cutoff)
    forgotten = 0
    while keys := list(old.values_list("pk", flat=True)[:_CHUNK]):
        check()
        Change.objects.filter(pk__in=keys).delete()
        forgotten += len(keys)
    return forgotten
