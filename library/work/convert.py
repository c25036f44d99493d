"""Convert one comic to .cbz: decide whether that is needed, and build it beside the original."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from library.archives.base import Inspection
from library.archives.building import Construction
from library.archives.converting import conversion
from library.archives.opening import inspect
from library.exceptions import ComicError
from library.work.process import Plan, unreadable
from library.work.rules import Change, Comic, check_name
from library.work.scan import judge

_SUFFIX = ".cbz"


class Incomplete(ComicError):
    """The new file would lack something that the original has."""

    outcome = "skipped"


@dataclass(frozen=True)
class Conversion(Plan):
    drop_junk: bool = False
    """What operating systems leave in folders is left out."""

    @property
    def changes_format(self) -> bool:
        return any(change["field"] == "format" for change in self.changes)


def examine(data: Mapping[str, Any], options: Mapping[str, Any]) -> Plan:
    """Read the file and decide; nothing is written.

    `data`: `path`; optional `root` (the library's folder), its rules, by which the new comic is
    judged, and `state`, of which a duplicate's stays. `options`: `drop_junk`.
    """
    path = Path(data["path"])
    inspection = inspect(path)
    if not inspection.is_readable:
        return unreadable(data["path"], inspection)
    try:
        check_name(Comic.at(path, root=data.get("root"), tags=None))
        _check_nothing_is_lost(inspection)
    except ComicError as error:
        return Plan(data["path"], error.outcome, str(error), inspection.identity)
    if not (changes := _changes(path, inspection)):
        return Plan(data["path"], "unchanged", identity=inspection.identity)
    return _plan(path, inspection, changes, data, drop_junk=bool(options.get("drop_junk")))


def construction(plan: Conversion) -> Construction | None:
    """The new .cbz; None for one that is a .cbz already and only gets another name."""
    if plan.identity is None or not plan.changes_format:
        return None
    return conversion(
        Path(plan.path), expected=plan.identity, place=plan.place, drop_junk=plan.drop_junk
    )


def _check_nothing_is_lost(inspection: Inspection) -> None:
    """Pages may be links to other files, which a .cbz could not be."""
    if inspection.format != "cbz" and inspection.omission:
        raise Incomplete(f"{inspection.omission} A .cbz would lack them.")


def _changes(path: Path, inspection: Inspection) -> tuple[Change, ...]:
    changes = []
    if inspection.format != "cbz":
        before = inspection.format.upper()
        changes.append(Change(field="format", before=before, after="CBZ"))
    if path.suffix != _SUFFIX:
        changes.append(Change(field="name", before=path.name, after=path.stem + _SUFFIX))
    return tuple(changes)


def _plan(
    path: Path,
    inspection: Inspection,
    changes: tuple[Change, ...],
    data: Mapping[str, Any],
    *,
    drop_junk: bool,
) -> Conversion:
    name = path.stem + _SUFFIX
    found = judge(path.with_name(name), inspection.as_cbz(), data)
    row = {
        "format": found["format"],
        "verdict": found["verdict"],
        "verdict_reason": found["reason"],
        "page_count": found["page_count"],
    }
    if data.get("state") != "duplicate":
        row |= {"state": found["state"], "state_reason": found["state_reason"]}
    return Conversion(
        path=data["path"],
        outcome="changed",
        identity=inspection.identity,
        before=found["tags"],
        after=found["tags"],
        changes=changes,
        new_name=name if name != path.name else None,
        row=row,
        drop_junk=drop_junk,
    )
