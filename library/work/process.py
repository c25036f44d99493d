"""Process one comic: decide what should change, and build the new file beside the old one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from library.archives.base import Inspection
from library.archives.constructions import Construction, Workplace
from library.archives.copying import copied
from library.archives.exceptions import UnwritableFormat
from library.archives.opening import inspect
from library.archives.rewriting import rewritten
from library.exceptions import ComicError
from library.files import FileIdentity
from library.metadata import comicinfo
from library.metadata.model import ELEMENTS
from library.metadata.reading import read_tags
from library.template import parse_template
from library.work.rules import (
    Change,
    Comic,
    Decision,
    Rules,
    check_name,
    decide,
    shortfall,
    spelled,
)


@dataclass(frozen=True)
class Plan:
    path: str
    outcome: Literal["changed", "unchanged", "skipped", "conflict", "failed"]
    """"changed" means that there is something to build or rename."""
    message: str = ""
    """Why not, as a sentence for a person; empty for "changed" and "unchanged"."""
    identity: FileIdentity | None = None
    """The file that was read; None when none could be."""
    before: Mapping[str, str] | None = None
    """The file's tags; None without a ComicInfo.xml, or when it was not read."""
    after: Mapping[str, str] | None = None
    changes: tuple[Change, ...] = ()
    new_name: str | None = None
    """None where it keeps its place; the present name where only its folder changes."""
    new_folder: str | None = None
    """Relative to the library's root; None where it stays in its folder."""
    row: Mapping[str, Any] = field(default_factory=dict)
    """What the comic's row then says besides name, tags and identity: for "unchanged" at once."""
    comicinfo: bytes | None = None
    """The new ComicInfo.xml; None when the present one stays."""
    place: Workplace | None = None
    """Where to build, as the journal has reserved it; None in tests and previews."""

    @property
    def rewrites(self) -> bool:
        """Whether the comic gets a new file, and not only another name."""
        return self.comicinfo is not None


def examine(data: Mapping[str, Any], options: Mapping[str, Any]) -> Plan:
    """Read the file and decide; nothing is written.

    `data`: `path`; optional `root` (the library's folder), `goal` (where it is to go, as far as
    was known before), `siblings` (the names beside it, where they may matter), and the library's
    rules. The job's `options` may override these, and say that only `tags` or only `names` are
    meant.

    Raises:
        TemplateError: the template is wrong, so no comic can be named.
    """
    path = Path(data["path"])
    rules = Rules.of(data, options)
    parse_template(rules.template)
    inspection = inspect(path)
    if not inspection.is_readable:
        return unreadable(data["path"], inspection)
    xml, identity = inspection.comicinfo, inspection.identity
    try:
        found = read_tags(xml, inspection.other_tags)
        comic = Comic.at(
            path,
            root=data.get("root"),
            tags=found.comicinfo,
            other_tags=found.others,
            siblings=data.get("siblings", ()),
            pages=len(inspection.pages),
        )
        check_name(comic)
        decision = spelled(decide(comic, rules), comic, data.get("goal", ""))
        if inspection.unwritable and _tags_change(decision):
            raise UnwritableFormat(inspection.unwritable)
        return _plan(data["path"], identity, comic, decision, xml, Rules.of(data))
    except ComicError as error:
        return Plan(data["path"], error.outcome, str(error), identity)


def unreadable(path: str, inspection: Inspection) -> Plan:
    """Skipped where another machine could read it, failed where something is wrong with it."""
    unsupported = inspection.verdict == "unread" and inspection.identity
    outcome: Literal["skipped", "failed"] = "skipped" if unsupported else "failed"
    return Plan(path, outcome, inspection.reason, inspection.identity)


def construction(plan: Plan) -> Construction | None:
    """The new file that carries the plan out; None when the comic only gets another name."""
    if plan.identity is None:
        return None
    if plan.comicinfo is None:
        if plan.place is None or plan.place.folder is None:
            return None
        return copied(Path(plan.path), expected=plan.identity, place=plan.place)
    return rewritten(Path(plan.path), plan.comicinfo, expected=plan.identity, place=plan.place)


def _plan(
    path: str,
    identity: FileIdentity | None,
    comic: Comic,
    decision: Decision,
    xml: bytes | None,
    rules: Rules,
) -> Plan:
    new_tags, moves = _tags_change(decision), decision.place != comic.place
    return Plan(
        path=path,
        outcome="changed" if decision.changes else "unchanged",
        identity=identity,
        before=comic.tags,
        after=decision.tags,
        changes=decision.changes,
        new_name=decision.name if moves or decision.name != comic.name else None,
        new_folder=decision.place if moves else None,
        row=_row(comic, decision, rules),
        comicinfo=comicinfo.patch(xml, new_tags) if new_tags else None,
    )


def _row(comic: Comic, decision: Decision, rules: Rules) -> dict[str, str]:
    """How far from clean it is then, by the library's rules: a job may have had others, and where
    only tags or names were to change, not all is done."""
    xml = decision.tags if comic.tags is not None or _tags_change(decision) else None
    after = replace(
        comic,
        name=decision.name,
        place=decision.place,
        tags=xml,
        other_tags={},
    )
    reason = shortfall(after, rules)
    return {"state": "needs_work" if reason else "clean", "state_reason": reason}


def _tags_change(decision: Decision) -> dict[str, str]:
    return {c["field"]: c["after"] for c in decision.changes if c["field"] in ELEMENTS}
