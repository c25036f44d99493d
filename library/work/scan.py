"""What a scan learns of one file: cheap, and nothing is written."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypedDict

from library.archives.base import Format, Inspection
from library.archives.exceptions import Verdict
from library.archives.opening import inspect
from library.archives.verifying import verify
from library.exceptions import ComicError
from library.files import FileIdentity
from library.metadata.exceptions import MetadataError
from library.metadata.reading import read_tags
from library.work.rules import Comic, Rules, UnreadableName, check_name, shortfall


class IdentityData(TypedDict):
    device: int
    inode: int
    size: int
    mtime_ns: int


class Scanned(TypedDict):
    path: str
    identity: IdentityData | None
    """None when no regular file could be opened under the path."""
    format: Format
    verdict: Verdict
    reason: str
    page_count: int
    tags: dict[str, str]
    """Of all formats, merged; ComicInfo.xml counts first."""
    state: Literal["clean", "needs_work"]
    state_reason: str


def examine(data: Mapping[str, Any]) -> Scanned:
    """Read one file. `data`: `path`; optional `root` (the library's folder) and rules.

    Raises:
        TemplateError: the template is wrong, so no file can be judged by it.
    """
    path = Path(data["path"])
    return judge(path, inspect(path), data)


def listed_pages(path: str) -> str:
    """The fingerprint of its pages by its table of contents; "" where that does not tell."""
    try:
        return verify(Path(path), "container").fingerprint
    except ComicError:
        return ""


def judge(path: Path, inspection: Inspection, data: Mapping[str, Any]) -> Scanned:
    """What is to be said of a file under this path that looks like this; nothing is opened.

    `data` as for `examine`.
    """
    tags: dict[str, str] = {}
    verdict, reason = inspection.verdict, inspection.reason
    try:
        found = read_tags(inspection.comicinfo, inspection.other_tags)
        tags = found.merged
        if found.remark and verdict == "ok":
            verdict, reason = "warn", found.remark
        comic = Comic.at(
            path,
            root=data.get("root"),
            tags=found.comicinfo,
            other_tags=found.others,
            pages=len(inspection.pages),
        )
        wanting = _wanting(inspection, comic, Rules.of(data))
    except MetadataError as error:
        verdict, reason = "warn", str(error)
        wanting = reason
    return Scanned(
        path=str(path),
        identity=_identity_data(inspection.identity),
        format=inspection.format,
        verdict=verdict,
        reason=reason,
        page_count=len(inspection.pages),
        tags=tags,
        state="needs_work" if wanting else "clean",
        state_reason=wanting,
    )


def _wanting(inspection: Inspection, comic: Comic, rules: Rules) -> str:
    if not inspection.is_readable:
        return inspection.reason
    try:
        check_name(comic)
    except UnreadableName as error:
        return str(error)
    return shortfall(comic, rules)


def _identity_data(identity: FileIdentity | None) -> IdentityData | None:
    if identity is None:
        return None
    return IdentityData(
        device=identity.device,
        inode=identity.inode,
        size=identity.size,
        mtime_ns=identity.mtime_ns,
    )
