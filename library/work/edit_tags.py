"""Edit one comic's tags: decide what its ComicInfo.xml shall say, and build the new file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from library.archives.base import Inspection
from library.archives.exceptions import UnwritableFormat
from library.archives.opening import inspect
from library.exceptions import ComicError
from library.metadata import comicinfo
from library.metadata.editing import edited
from library.metadata.model import ELEMENTS
from library.metadata.reading import completed, read_tags
from library.metadata.values import wrong_value
from library.template_fields import FIELDS
from library.work.process import Plan, unreadable
from library.work.process import construction as construction
from library.work.rules import Change, Comic, Rules, check_name, shortfall

Edits = Mapping[str, str]
"""Elements with the texts that they shall have; an empty one is removed."""


class OnlyRead(ComicError):
    """The text stands in a tag file of another format, which nothing here writes."""

    outcome = "skipped"


class WrongValue(ComicError):
    """ComicInfo has no such value; what a rule makes of a text is only known comic by comic."""

    outcome = "skipped"


def examine(data: Mapping[str, Any], options: Mapping[str, Any]) -> Plan:
    """Read the file and decide; nothing is written.

    `data`: `path`; `number`, which this comic gets where a series is numbered; optional `root`
    (the library's folder), its rules and `state`, by which the comic is judged
    afterwards. `options`: `tags`, or else `action` and what it takes (`library.metadata.editing`).
    """
    inspection = inspect(Path(data["path"]))
    if not inspection.is_readable:
        return unreadable(data["path"], inspection)
    try:
        return _plan(data, inspection, options)
    except ComicError as error:
        return Plan(data["path"], error.outcome, str(error), inspection.identity)


def _plan(data: Mapping[str, Any], inspection: Inspection, options: Mapping[str, Any]) -> Plan:
    found = read_tags(inspection.comicinfo, inspection.other_tags)
    check_name(Comic.at(Path(data["path"]), root=data.get("root"), tags=None))
    before = found.merged
    changes = _changes(before, _edits(before, data, options))
    if not changes:
        return Plan(data["path"], "unchanged", identity=inspection.identity)
    _check_values(changes)
    if inspection.unwritable:
        raise UnwritableFormat(inspection.unwritable)
    edits = {change["field"]: change["after"] for change in changes}
    own = _with(found.comicinfo or {}, edits)
    after = completed(own, found.others)
    _check_effect(after, edits)
    return Plan(
        path=data["path"],
        outcome="changed",
        identity=inspection.identity,
        before=before,
        after=after,
        changes=changes,
        row=_row(data, own, edits, pages=len(inspection.pages)),
        comicinfo=comicinfo.patch(inspection.comicinfo, edits),
    )


def _edits(before: Edits, data: Mapping[str, Any], options: Mapping[str, Any]) -> Edits:
    if options.get("tags"):
        return {name: (text or "").strip() for name, text in options["tags"].items()}
    return edited(
        before,
        options["action"],
        options["field"],
        value=options.get("value") or "",
        find=options.get("find") or "",
        ignore_case=bool(options.get("ignore_case")),
        to_field=options.get("to_field") or "",
        number=data.get("number") or 0,
    )


def _changes(before: Edits, edits: Edits) -> tuple[Change, ...]:
    """In the schema's order."""
    return tuple(
        Change(field=element, before=before.get(element, ""), after=edits[element])
        for element in ELEMENTS
        if element in edits and edits[element] != before.get(element, "")
    )


def _check_values(changes: tuple[Change, ...]) -> None:
    """Raises: WrongValue."""
    for change in changes:
        if why := wrong_value(change["field"], change["after"]):
            raise WrongValue(f"{change['field']} would be “{change['after'][:100]}”. {why}")


def _with(tags: Edits, edits: Edits) -> dict[str, str]:
    return {element: text for element, text in {**tags, **edits}.items() if text}


def _check_effect(after: Edits, edits: Edits) -> None:
    """Raises: OnlyRead."""
    for element, text in edits.items():
        if after.get(element, "") != text:
            raise OnlyRead(
                f"{element} cannot be cleared: another of the comic's tag files has it too, "
                "and those are only read."
            )


def _row(data: Mapping[str, Any], tags: Edits, edits: Edits, *, pages: int) -> dict[str, str]:
    """A duplicate stays one, unless its name would be another one now."""
    rules = Rules.of(data)
    if data.get("state") == "duplicate" and not _concerns_name(rules.template, edits):
        return {}
    comic = Comic.at(Path(data["path"]), root=data.get("root"), tags=tags, pages=pages)
    reason = shortfall(comic, rules)
    return {"state": "needs_work" if reason else "clean", "state_reason": reason}


def _concerns_name(template: str, edits: Edits) -> bool:
    return any(element in edits and f"{{{name}" in template for name, element in FIELDS.items())
