"""Comics that were listed since their library has new files processed."""

from django.utils.translation import gettext as _

from jobs import lifecycle
from jobs.operations import Target
from library.models import Comic, Library

CHUNK = 500
READABLE = (Comic.Verdict.OK, Comic.Verdict.WARN)


def is_new(library: Library, before: Comic | None) -> bool:
    """Whether a comic that is listed now is one; `before`: its row so far, if there was one.

    Nothing is new in a first scan. What could not be read until now was not all there yet.
    """
    if library.watch != Library.Watching.PROCESS or library.scanned_at is None:
        return False
    return before is None or before.is_new or before.verdict not in READABLE


def process(library: Library) -> lifecycle.Job | None:
    """Have them processed, in one job."""
    if library.watch != Library.Watching.PROCESS:
        return None
    new = library.comics.filter(is_new=True)
    readable = new.present().filter(verdict__in=READABLE).order_by("folder", "name")
    found = list(readable.values_list("pk", "path"))
    if not found:
        return None
    operation = lifecycle.find_operation("process")
    job = lifecycle.create(
        operation,
        [Target(str(pk), path) for pk, path in found],
        options=lifecycle.clean_options(operation, {}),
        dry_run=False,
        user=None,
        scope=_("New in “%s”") % library,
    )
    # After the job is there: a crash in between has them processed twice, which changes nothing.
    for start in range(0, len(found), CHUNK):
        part = [pk for pk, _path in found[start : start + CHUNK]]
        new.filter(pk__in=part).update(is_new=False)
    return job


def forget(library: Library) -> None:
    library.comics.filter(is_new=True).update(is_new=False)
