"""Process one comic: decide what should change, and build the new file beside the old one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from library.archives.opening import inspect
from library.archives.rewriting import BuiltFile, rewrite
from library.exceptions import ComicError
from library.files import FileIdentity
from library.metadata import comicinfo
from library.naming import parse_template
from library.work.rules import Change, Comic, Decision, Rules, check_name, decide


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
    comicinfo: bytes | None = None
    """The new ComicInfo.xml; None when the present one stays."""


def examine(data: Mapping[str, Any], options: Mapping[str, Any]) -> Plan:
    """Read the file and decide; nothing is written.

    `data`: `path`; optional `root` (the library's folder), `template`, `strict`. The job's
    `options` may override the last two.

    Raises:
        TemplateError: the template is wrong, so no comic can be named.
    """
    path = Path(data["path"])
    rules = Rules.of(data, options)
    parse_template(rules.template)
    inspection = inspect(path)
    if not inspection.is_readable:
        unsupported = inspection.verdict == "unread" and inspection.identity
        outcome: Literal["skipped", "failed"] = "skipped" if unsupported else "failed"
        return Plan(data["path"], outcome, inspection.reason, inspection.identity)
    xml, identity = inspection.comicinfo, inspection.identity
    try:
        before = None if xml is None else comicinfo.read(xml)
        comic = Comic.at(path, root=data.get("root"), tags=before)
        check_name(comic)
        return _plan(data["path"], identity, comic, decide(comic, rules), xml)
    except ComicError as error:
        return Plan(data["path"], error.outcome, str(error), identity)


def build(plan: Plan) -> BuiltFile | None:
    """Write the new file beside the old one; None when the comic only gets another name.

    Raises:
        ComicError: nothing is left behind and the comic is as it was.
    """
    if plan.comicinfo is None or plan.identity is None:
        return None
    return rewrite(Path(plan.path), plan.comicinfo, expected=plan.identity)


def _plan(
    path: str,
    identity: FileIdentity | None,
    comic: Comic,
    decision: Decision,
    xml: bytes | None,
) -> Plan:
    new_tags = {c["field"]: c["after"] for c in decision.changes if c["field"] != "name"}
    return Plan(
        path=path,
        outcome="changed" if decision.changes else "unchanged",
        identity=identity,
        before=comic.tags,
        after=decision.tags,
        changes=decision.changes,
        new_name=decision.name if decision.name != comic.name else None,
        comicinfo=comicinfo.patch(xml, new_tags) if new_tags else None,
    )
