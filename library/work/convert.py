"""Convert one comic to .cbz: decide whether that is needed, and build it beside the original."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from library.archives.base import Inspection
from library.archives.building import BuiltFile
from library.archives.converting import convert
from library.archives.opening import container_of, inspect
from library.exceptions import ComicError
from library.files import opened_for_reading, plain_errors
from library.metadata.exceptions import MetadataError
from library.metadata.reading import read_tags
from library.work.process import Plan
from library.work.rules import Change, Comic, check_name

_SUFFIX = ".cbz"


def examine(data: Mapping[str, Any], options: Mapping[str, Any]) -> Plan:
    """Read the file and decide; nothing is written. `data`: `path`; optional `root`."""
    path = Path(data["path"])
    inspection = inspect(path)
    if not inspection.is_readable:
        unsupported = inspection.verdict == "unread" and inspection.identity
        outcome: Literal["skipped", "failed"] = "skipped" if unsupported else "failed"
        return Plan(data["path"], outcome, inspection.reason, inspection.identity)
    try:
        check_name(Comic.at(path, root=data.get("root"), tags=None))
    except ComicError as error:
        return Plan(data["path"], error.outcome, str(error), inspection.identity)
    changes = _changes(path, inspection)
    tags = _tags(inspection)
    return Plan(
        path=data["path"],
        outcome="changed" if changes else "unchanged",
        identity=inspection.identity,
        before=tags,
        after=tags,
        changes=changes,
        new_name=None if path.suffix == _SUFFIX else path.stem + _SUFFIX,
    )


def build(plan: Plan) -> BuiltFile | None:
    """Build the .cbz; None for one that is a .cbz already and only needs the right name.

    Raises:
        ComicError: nothing is left behind and the comic is as it was.
    """
    path = Path(plan.path)
    if plan.identity is None:
        return None
    with plain_errors(), opened_for_reading(path) as file:
        if container_of(file) == "cbz":
            return None
    return convert(path, expected=plan.identity, place=plan.place)


def _changes(path: Path, inspection: Inspection) -> tuple[Change, ...]:
    changes = []
    if inspection.format != "cbz":
        before = inspection.format.upper()
        changes.append(Change(field="format", before=before, after="CBZ"))
    if path.suffix != _SUFFIX:
        changes.append(Change(field="name", before=path.name, after=path.stem + _SUFFIX))
    return tuple(changes)


def _tags(inspection: Inspection) -> dict[str, str]:
    """For the comic's row; what cannot be read goes over into the new file all the same."""
    try:
        return read_tags(inspection.comicinfo, inspection.other_tags).merged
    except MetadataError:
        return {}
