"""Registering a folder as a library: page, API, command and COMICS do it here."""

import logging
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jobs import lifecycle
from library import newcomers, scheduling
from library.judging import judge
from library.models import Change, Library
from library.recovering import interrupted, recover
from library.watching import state

logger = logging.getLogger(__name__)

SCHEDULES = {"scan_times", "verify_days", "verify_time"}


def check_folder(path: str) -> Path:
    """The folder, absolute and without links. Raises ValidationError with what is wrong."""
    if not path.strip() or "\0" in path:
        raise ValidationError(_("Give the path of a folder."))
    try:
        folder = _existing_folder(path.strip())
    except (OSError, RuntimeError) as error:
        # RuntimeError: a loop of links, or "~" of nobody.
        reason = getattr(error, "strerror", None) or error
        text = _("The server cannot use this path: %s.")
        raise ValidationError(text % reason) from error
    _check_overlap(folder)
    return folder


def _existing_folder(path: str) -> Path:
    given = Path(path).expanduser()
    if not given.is_absolute():
        raise ValidationError(_("Give the whole path, beginning with “/”."))
    folder = given.resolve()
    if not _is_text(folder):
        raise ValidationError(_("The path must be UTF-8. Rename the folder, or use one above it."))
    if not folder.exists():
        raise ValidationError(_("There is no folder “%s” on this server.") % folder)
    if not folder.is_dir():
        raise ValidationError(_("“%s” is a file. Give the folder that it is in.") % folder)
    if not os.access(folder, os.R_OK | os.X_OK):
        raise ValidationError(_("The server may not read “%s”. Check its owner and mode.") % folder)
    return folder


def _is_text(path: Path) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in str(path))


def _check_overlap(folder: Path) -> None:
    for library in Library.objects.all():
        if folder == library.root:
            raise ValidationError(_("This folder is the library “%s” already.") % library)
        if folder.is_relative_to(library.root):
            raise ValidationError(_("This folder lies inside the library “%s”.") % library)
        if library.root.is_relative_to(folder):
            raise ValidationError(_("The library “%s” lies inside this folder.") % library)


def draft(path: str, *, name: str = "", **rules: Any) -> Library:
    """A library that is not stored yet; `rules` are fields such as `template` and `watch`.

    Raises ValidationError with the fields at fault.
    """
    try:
        folder = check_folder(path)
    except ValidationError as error:
        raise ValidationError({"path": error.messages}) from error
    name = name.strip() or _free_name(folder.name or "/")
    library = Library(path=str(folder), name=name, **rules)
    library.full_clean()
    return library


def register(path: str, *, name: str = "", **rules: Any) -> Library:
    """Raises ValidationError with the fields at fault."""
    library = draft(path, name=name, **rules)
    try:
        library.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError({"path": [_("This folder is a library already.")]}) from error
    scheduling.plan(library)
    return library


def change(library: Library, **values: Any) -> Library:
    """Give it another name, other rules, by which its comics are judged anew at once, or other
    ways to be looked after.

    Raises ValidationError with the fields at fault.
    """
    for field, value in values.items():
        setattr(library, field, value)
    library.full_clean()
    library.save(update_fields=values)
    if values.keys() & set(Library.RULES):
        judge(library)
    if SCHEDULES & values.keys():
        scheduling.plan(library)
    if "watch" in values:
        newcomers.forget(library)
        transaction.on_commit(lambda: state.announce_status(library.pk))
    return library


def _free_name(name: str) -> str:
    taken = set(Library.objects.values_list("name", flat=True))
    candidates = (name[:90] + (f" {n}" if n > 1 else "") for n in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate not in taken)


def register_and_scan(
    path: str,
    *,
    name: str = "",
    watch: str = Library.Watching.LIST,
    user: lifecycle.Somebody = None,
) -> tuple[Library, lifecycle.Job]:
    """Raises ValidationError."""
    library = register(path, name=name, watch=watch)
    return library, lifecycle.submit("scan", {"library": library.pk}, user=user)


def register_configured() -> None:
    """Make the folder that COMICS names a library, unless it is one; a bad one is only logged."""
    if not settings.COMICS or Library.objects.filter(path=Path(settings.COMICS).resolve()).exists():
        return
    try:
        register_and_scan(settings.COMICS)
    except ValidationError as error:
        logger.error("COMICS is not used: %s", " ".join(error.messages))


def samples_folder() -> Path | None:
    """Where comics to try things on can be made: with no library and no COMICS, only ever once."""
    folder = Path(settings.DATA_DIR) / "sample-comics"
    is_needed = not (settings.COMICS or Library.objects.exists() or folder.exists())
    return folder if is_needed else None


def register_samples(user: lifecycle.Somebody = None) -> lifecycle.Job | None:
    """The scan of comics that were made to try things on; None where they cannot be made."""
    folder = samples_folder()
    if folder is None:
        return None
    from library.samples import make_samples  # with Pillow, which no other start needs

    make_samples(folder)
    _library, job = register_and_scan(str(folder), name=_("Sample comics"), user=user)
    return job


def remove(library: Library) -> None:
    """Forget a library and what is known of its comics.

    No file is touched, but where a crash interrupted a change: that is finished or taken back
    first, because nobody else would know of it. Raises NotAllowed while a worker changes a comic.
    """
    left = _close_changes(library)
    with transaction.atomic():
        # A scan that runs waits here, and then finds no library to add comics to.
        list(Library.objects.select_for_update().filter(pk=library.pk))
        if Change.objects.open().filter(library=library).exclude(pk__in=left).exists():
            text = _("A job is changing a comic of “%s” just now. Cancel the job, or wait for it.")
            raise lifecycle.NotAllowed(text % library)
        scheduling.forget(library.pk)
        Library.objects.filter(pk=library.pk).delete()


def _close_changes(library: Library) -> list[int]:
    """Which stay open, because the folder is away: they are forgotten with it, as was asked."""
    left = []
    for unit in interrupted(Change.objects.open().filter(library=library)):
        for change, recovered in zip(unit, recover(unit), strict=True):
            logger.warning("interrupted change of a library to be removed: %s", recovered)
            if recovered.ending == "open":
                left.append(change.pk)
    return left
