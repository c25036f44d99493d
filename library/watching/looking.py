"""What of a library's folder differs from its rows, and what is to be done about it."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from errno import ENOENT, ENOTDIR
from pathlib import Path
from typing import Literal

from django.utils.translation import gettext as _

from jobs.operations import Check
from library import scanning
from library.models import Change, Library
from library.moving import Known
from library.walking import Found, Walk, found_at, shown, walk
from library.watching.pending import Observation

CHUNK = 200


class Away(Exception):
    """The folder cannot be watched just now; the message says why. Nothing is forgotten."""


def look_at(root: str, path: str) -> Observation | Literal["unknown"]:
    """Other things than files are as if they were not there; a scan lists them."""
    try:
        found = found_at(path, os.lstat(Path(root, path)))
    except OSError as error:
        return None if error.errno in (ENOENT, ENOTDIR) else "unknown"
    return (found.size, found.mtime_ns) if found.is_file else None


def look_at_all(library: Library, check: Check) -> tuple[dict[str, Observation], Walk]:
    """Every file that differs from its row, and every one that has a row and is gone.

    Raises Away.
    """
    try:
        found = walk(library.path, check)
    except OSError as error:
        raise Away(away(error)) from error
    known = scanning.known_comics(library.comics.present())
    if known and not found.found:
        raise Away(_("The folder is empty. Is its disk attached? Nothing was forgotten."))
    here = {shown(file.path) for file in found.found}
    differing: dict[str, Observation] = {
        file.path: (file.size, file.mtime_ns)
        for file in found.found
        if file.is_file and scanning.differs(file, known.get(shown(file.path)))
    }
    gone = {path: None for path in known if path not in here and found.covers(path)}
    return differing | gone, found


def away(error: OSError) -> str:
    text = _("The folder cannot be read (%s). Nothing was forgotten.")
    return text % (error.strerror or error)


def known_beneath(library: Library, folders: Iterable[str]) -> list[str]:
    """The paths of the comics that were in these folders."""
    paths: list[str] = []
    for folder in folders:
        inside = library.comics.present().filter(path__startswith=f"{shown(folder)}/")
        paths += inside.values_list("path", flat=True)
    return paths


@dataclass(frozen=True)
class Differences:
    changed: list[Found]
    """New ones too."""
    gone: list[Known]
    in_work: dict[str, Observation]
    """A change of our own is under way with them."""


def differences(library: Library, files: Mapping[str, Observation]) -> Differences:
    """Of these files, what differs from the rows. What we did ourselves is in the rows."""
    known = _known(library, [shown(path) for path in files])
    ours = _in_work(library)
    changed, gone, in_work = [], [], {}
    for path, observed in files.items():
        row = known.get(shown(path))
        if path in ours:
            in_work[path] = observed
        elif observed is None:
            gone += [row] if row else []
        elif scanning.differs(found := Found(path, *observed), row):
            changed.append(found)
    return Differences(changed, gone, in_work)


def _known(library: Library, paths: list[str]) -> dict[str, Known]:
    known: dict[str, Known] = {}
    for start in range(0, len(paths), CHUNK):
        part = paths[start : start + CHUNK]
        known |= scanning.known_comics(library.comics.present().filter(path__in=part))
    return known


def _in_work(library: Library) -> Collection[str]:
    """The paths that open changes are about to give and to take."""
    changes = Change.objects.open().filter(library=library)
    return {path for change in changes for path in (change.path, change.result_path)}
