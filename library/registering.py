"""Registering a folder as a library: page, API, command and COMICS do it here."""

import os
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext as _

from jobs import lifecycle
from library.models import Library


def check_folder(path: str) -> Path:
    """The folder, absolute and without links. Raises ValidationError with what is wrong."""
    given = Path(path.strip()).expanduser()
    if not path.strip() or "\0" in path:
        raise ValidationError(_("Give the path of a folder."))
    if not given.is_absolute():
        raise ValidationError(_("Give the whole path, beginning with “/”."))
    folder = given.resolve()
    if not folder.exists():
        raise ValidationError(_("There is no folder “%s” on this server.") % folder)
    if not folder.is_dir():
        raise ValidationError(_("“%s” is a file. Give the folder that it is in.") % folder)
    if not os.access(folder, os.R_OK | os.X_OK):
        raise ValidationError(_("The server may not read “%s”. Check its owner and mode.") % folder)
    _check_overlap(folder)
    return folder


def _check_overlap(folder: Path) -> None:
    for library in Library.objects.all():
        if folder == library.root:
            raise ValidationError(_("This folder is the library “%s” already.") % library)
        if folder.is_relative_to(library.root):
            raise ValidationError(_("This folder lies inside the library “%s”.") % library)
        if library.root.is_relative_to(folder):
            raise ValidationError(_("The library “%s” lies inside this folder.") % library)


def register(path: str, *, name: str = "") -> Library:
    """Raises ValidationError: with the field `path` or `name` at fault."""
    try:
        folder = check_folder(path)
    except ValidationError as error:
        raise ValidationError({"path": error.messages}) from error
    name = name.strip() or _free_name(folder.name or "/")
    if len(name) > 100 or Library.objects.filter(name=name).exists():
        text = _("Another library has this name.") if len(name) <= 100 else _("At most 100 letters.")
        raise ValidationError({"name": text})
    try:
        return Library.objects.create(path=str(folder), name=name)
    except IntegrityError as error:
        raise ValidationError({"path": _("This folder is a library already.")}) from error


def _free_name(name: str) -> str:
    taken = set(Library.objects.values_list("name", flat=True))
    candidates = (name[:90] + (f" {n}" if n > 1 else "") for n in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate not in taken)


def register_and_scan(
    path: str, *, name: str = "", user: lifecycle.User = None
) -> tuple[Library, lifecycle.Job]:
    """Raises ValidationError."""
    library = register(path, name=name)
    return library, lifecycle.submit("scan", {"library": library.pk}, user=user)
