"""Convert one comic to .cbz: decide whether that is needed, and build it beside the original."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from library.archives.base import Inspection
from library.archives.constructions import Construction
from library.archives.converting import conversion
from library.archives.junk import dropped
from library.archives.opening import inspect, opened_archive
from library.exceptions import ComicError
from library.metadata.exceptions import MetadataError
from library.metadata.pagetags import without_pages
from library.work.process import Plan, unreadable
from library.work.rules import Change, Comic, check_name, tag_changes
from library.work.scan import judge

_SUFFIX = ".cbz"


class Incomplete(ComicError):
    """The new file would lack something that the original has."""

    outcome = "skipped"


@dataclass(frozen=True)
class Conversion(Plan):
    without: tuple[str, ...] = ()
    """Files that are left out."""
    keeps_original: bool = False
    """It stays where it is, and the new file is a comic of its own."""

    @property
    def changes_format(self) -> bool:
        return any(change["field"] == "format" for change in self.changes)

    @property
    def rewrites(self) -> bool:
        return self.changes_format


def examine(data: Mapping[str, Any], options: Mapping[str, Any]) -> Plan:
    """Read the file and decide; nothing is written.

    `data`: `path`; optional `root` (the library's folder), its rules, by which the new comic is
    judged, and `state`, of which a duplicate's stays. `options`: `original` ("keep" or "trash"),
    `fix_suffixes`, `drop_junk`, `drop_credits`.
    """
    path = Path(data["path"])
    inspection = inspect(path)
    if not inspection.is_readable:
        return unreadable(data["path"], inspection)
    keeps = options.get("original") == "keep" and inspection.format != "cbz"
    try:
        check_name(Comic.at(path, root=data.get("root"), tags=None))
        _check_nothing_is_lost(inspection)
        _check_can_stay(path, keeps=keeps)
        without = _left_out(path, inspection, options)
    except ComicError as error:
        return Plan(data["path"], error.outcome, str(error), inspection.identity)
    if not (changes := _changes(path, inspection, without, options)):
        return Plan(data["path"], "unchanged", identity=inspection.identity)
    return _plan(path, inspection, changes, data, without=without, keeps_original=keeps)


def construction(plan: Conversion) -> Construction | None:
    """The new .cbz; None for one that is a .cbz already and only gets another name."""
    if plan.identity is None or not plan.changes_format:
        return None
    return conversion(
        Path(plan.path),
        expected=plan.identity,
        place=plan.place,
        without=plan.without,
        comicinfo=plan.comicinfo,
    )


def _check_nothing_is_lost(inspection: Inspection) -> None:
    """Pages may be links to other files, which a .cbz could not be."""
    if inspection.format != "cbz" and inspection.omission:
        raise Incomplete(f"{inspection.omission} A .cbz would lack them.")


def _check_can_stay(path: Path, *, keeps: bool) -> None:
    if keeps and path.suffix == _SUFFIX:
        raise Incomplete("The original has the name of the new file, so it cannot stay beside it.")


def _left_out(path: Path, inspection: Inspection, options: Mapping[str, Any]) -> tuple[str, ...]:
    junk, credits = bool(options.get("drop_junk")), bool(options.get("drop_credits"))
    if inspection.format == "cbz" or not (junk or credits):
        return ()
    with opened_archive(path, expected=inspection.identity) as reader:
        names = [entry.name for entry in reader.entries]
    return tuple(dropped(names, junk=junk, credits=credits))


def _changes(
    path: Path, inspection: Inspection, without: Sequence[str], options: Mapping[str, Any]
) -> tuple[Change, ...]:
    changes = []
    is_cbz = inspection.format == "cbz"
    if not is_cbz:
        before = inspection.format.upper()
        changes.append(Change(field="format", before=before, after="CBZ"))
    if without:
        changes.append(Change(field="files", before=", ".join(without), after=""))
    if count := sum(page in without for page in inspection.pages):
        pages = len(inspection.pages)
        changes.append(Change(field="pages", before=str(pages), after=str(pages - count)))
    if path.suffix != _SUFFIX and (not is_cbz or options.get("fix_suffixes", True)):
        changes.append(Change(field="name", before=path.name, after=path.stem + _SUFFIX))
    return tuple(changes)


def _plan(
    path: Path,
    inspection: Inspection,
    changes: tuple[Change, ...],
    data: Mapping[str, Any],
    *,
    without: tuple[str, ...],
    keeps_original: bool,
) -> Conversion:
    name = path.stem + _SUFFIX
    pages = tuple(page for page in inspection.pages if page not in without)
    comicinfo = _comicinfo(inspection, without)
    new = replace(inspection.as_cbz(), pages=pages, comicinfo=comicinfo or inspection.comicinfo)
    found = judge(path.with_name(name), new, data)
    before = judge(path, inspection, data)["tags"] if comicinfo else found["tags"]
    row: dict[str, Any] = {
        "format": found["format"],
        "verdict": found["verdict"],
        "verdict_reason": found["reason"],
        "page_count": found["page_count"],
    }
    if keeps_original or data.get("state") != "duplicate":
        row |= {"state": found["state"], "state_reason": found["state_reason"]}
    if pages != inspection.pages:
        row |= _NOTHING_KNOWN
    return Conversion(
        path=data["path"],
        outcome="changed",
        identity=inspection.identity,
        before=before,
        after=found["tags"],
        changes=(*changes, *tag_changes(before, found["tags"])),
        new_name=name if name != path.name else None,
        row=row,
        comicinfo=comicinfo,
        without=without,
        keeps_original=keeps_original,
    )


def _comicinfo(inspection: Inspection, without: Sequence[str]) -> bytes | None:
    """With the numbers of the pages that are left; None where the present one stays."""
    left_out = [n for n, page in enumerate(inspection.pages) if page in without]
    if not left_out or inspection.comicinfo is None:
        return None
    try:
        count = len(inspection.pages) - len(left_out)
        comicinfo = without_pages(inspection.comicinfo, left_out, count=count)
    except MetadataError:
        return None  # what cannot be read is not replaced
    return comicinfo if comicinfo != inspection.comicinfo else None


_NOTHING_KNOWN: Mapping[str, Any] = {
    "fingerprint": "",
    "verified_at": None,
    "verified_depth": "",
    "verified_size_bytes": None,
    "verified_mtime_ns": None,
    "compared_size_bytes": None,
    "compared_mtime_ns": None,
}
"""What was found of the pages, which are others now."""
