"""Scan: list a library's comics as they are. Writes to no comic."""

import os
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db import IntegrityError
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jobs import lifecycle
from jobs.events import announce
from jobs.operations import (
    Check,
    Child,
    ItemError,
    JobError,
    Operation,
    Options,
    Outcome,
    Result,
    Selection,
    SelectionError,
    Target,
    Task,
    go_on,
    register,
)
from library import duplicate_suggestions, newcomers, scanning
from library.arrivals import tell_of_arrivals
from library.filters import find_library
from library.models import Library
from library.scanning import Batch
from library.walking import shown
from library.work.scan import Scanned


class ScanOptions(forms.Form):
    reread = forms.BooleanField(
        required=False,
        initial=False,
        label=gettext_lazy("Read every file again"),
        help_text=gettext_lazy("Also those whose size and date are as they were."),
    )
    accept_missing = forms.BooleanField(
        required=False,
        initial=False,
        label=gettext_lazy("Accept missing comics"),
        help_text=gettext_lazy("Go on even where more than a fifth of the comics are gone."),
    )


@register
class Scan(Operation):
    name = "scan"
    label = gettext_lazy("Scan")
    summary = gettext_lazy("Lists what is new, changed or gone in a library. Changes no file.")
    changed_word = gettext_lazy("listed")
    form = ScanOptions
    lists_at_start = True

    def scope(self, selection: Selection) -> str:
        libraries = _libraries(selection)
        return libraries[0].name if len(libraries) == 1 else _("All libraries")

    def targets(
        self, selection: Selection, options: Options, check: Check = go_on
    ) -> Iterable[Target]:
        try:
            libraries = _libraries(selection)
        except SelectionError as error:
            raise JobError(str(error)) from error
        for library in libraries:
            for batch in scanning.batches(
                library,
                reread=options["reread"],
                accept_missing=options["accept_missing"],
                check=check,
            ):
                yield Target(batch.key(), _path(library, batch))

    def perform(self, task: Task, child: Child) -> Result:
        batch = Batch.of(task.key)
        library = Library.objects.filter(pk=batch.library).first()
        if library is None:
            return Result(Outcome.SKIPPED, _("The library was removed."))
        if batch.unreadable:
            raise ItemError(_("This folder cannot be read. Check its owner and mode."))
        if batch.gone:
            gone = scanning.mark_missing(library, batch.gone)
            return Result(Outcome.CHANGED, ngettext("%d is gone", "%d are gone", gone) % gone)
        if batch.moved:
            return _follow(library, batch.moved, child)
        return _read(library, batch.files, child)

    def ended(self, job_id: str, selection: Selection, status: str) -> None:
        libraries = _still_there(selection)
        if status == lifecycle.Job.Status.COMPLETED:
            # A first scan that was cancelled has not told the old files from new ones.
            pks = [library.pk for library in libraries]
            Library.objects.filter(pk__in=pks).update(scanned_at=now())
        tell_of_arrivals(job_id, libraries)

    def finished(self, job_id: str, selection: Selection) -> None:
        duplicate_suggestions.renew(job_id)
        for library in _still_there(selection):
            counts = library.comics.present().counts()
            announce("library_updated", {"library_id": library.pk, "counts": counts})
            newcomers.process(library)

    def item_facts(self, key: str) -> dict[str, Any]:
        return {"comic_id": None}


def submit_batches(library: Library, batches: Iterable[Batch]) -> lifecycle.Job:
    """A scan of these alone."""
    scan = lifecycle.find_operation(Scan.name)
    return lifecycle.create(
        scan,
        (Target(batch.key(), _path(library, batch)) for batch in batches),
        options=lifecycle.clean_options(scan, {}),
        dry_run=False,
        user=None,
        scope=_("Changes in “%s”") % library,
        selection={"library": library.pk},
    )


def _libraries(selection: Selection) -> list[Library]:
    """Raises SelectionError."""
    if set(selection) == {"all"} and selection["all"] is True:
        libraries = list(Library.objects.all())
    elif set(selection) == {"library"}:
        libraries = [find_library(selection["library"])]
    else:
        raise SelectionError(_("A scan takes “library”: an id, or “all”: true."))
    if not libraries:
        raise SelectionError(_("There is no library yet."))
    return libraries


def _still_there(selection: Selection) -> list[Library]:
    """None where the library was removed meanwhile."""
    try:
        return _libraries(selection)
    except SelectionError:
        return []


def _path(library: Library, batch: Batch) -> str:
    if batch.unreadable:
        return f"{library.name}/{batch.unreadable}"
    if batch.gone:
        return f"{library.name}/" + _("missing files")
    files = batch.files or [path for _pk, path in batch.moved]
    first, more = shown(files[0]), len(files) - 1
    return first + (ngettext(" and %d more", " and %d more", more) % more if more else "")


def _follow(library: Library, moved: Sequence[tuple[int, str]], child: Child) -> Result:
    """What is not what it seemed is missing, and the file is a new comic."""
    strangers: list[tuple[int, str]] = []
    known = library.comics.in_bulk([pk for pk, _path in moved])
    for pk, path in moved:
        scanned = _examine(library, path, child)
        comic, pages = known.get(pk), ""
        if comic and scanned["identity"] and scanned["identity"]["mtime_ns"] != comic.mtime_ns:
            pages = child("library.work.scan:listed_pages", str(library.root / path))
        if not scanning.follow(library, pk, path, scanned, pages):
            strangers.append((pk, path))
    followed = len(moved) - len(strangers)
    message = ngettext("%d moved", "%d moved", followed) % followed if followed else ""
    if strangers:
        scanning.mark_missing(library, [pk for pk, _path in strangers])
        read = _read(library, [path for _pk, path in strangers], child).message
        message = ", ".join(part for part in (message, read) if part)
    return Result(Outcome.CHANGED, message)


def _read(library: Library, files: list[str], child: Child) -> Result:
    scanned = [(path, _examine(library, path, child)) for path in files]
    # A file may have been renamed or removed since it was listed: the next scan finds it.
    scanned = [each for each in scanned if each[1]["identity"] or _is_there(library, each[0])]
    try:
        stored = scanning.store(library, scanned)
    except IntegrityError:
        if Library.objects.filter(pk=library.pk).exists():
            raise
        return Result(Outcome.SKIPPED, _("The library was removed."))
    problems = sum(result["verdict"] not in ("ok", "unread") for _path, result in scanned)
    parts = [
        ngettext("%d new", "%d new", stored["new"]) % stored["new"] if stored["new"] else "",
        _("%d read again") % stored["changed"] if stored["changed"] else "",
        _("%d with a problem") % problems if problems else "",
    ]
    return Result(Outcome.CHANGED, ", ".join(part for part in parts if part))


def _is_there(library: Library, path: str) -> bool:
    return os.path.lexists(library.root / path)


def _examine(library: Library, path: str, child: Child) -> Scanned:
    file = str(library.root / path)
    data = {
        "path": file,
        "root": library.path,
        **library.rules,
    }
    try:
        answer: Scanned = child("library.work.scan:examine", data)
    except ItemError as error:
        # It killed, hung or filled up the process that read it: so much we know of it.
        answer = {
            "path": file,
            "identity": None,
            "format": path.rpartition(".")[2].lower(),  # type: ignore[typeddict-item]
            "verdict": "refused",
            "reason": str(error),
            "page_count": 0,
            "tags": {},
            "state": "needs_work",
            "state_reason": str(error),
        }
    return answer
