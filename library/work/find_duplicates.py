"""Read what one comic is compared by, where it is not known yet. Nothing is ever written here."""

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any, Literal

from library.archives.comparing import Looks, looks_of
from library.exceptions import FileProblem
from library.files import FileIdentity
from library.likeness import pack
from library.metadata.filenames import telling_folder
from library.metadata.merging import merge
from library.metadata.model import known
from library.same_names import ELEMENTS
from library.work.process import Plan

MAX_TEXT = 300


def examine(data: Mapping[str, Any], options: Mapping[str, Any]) -> Plan:
    """`data`: `path`, `root`, the comic's `tags`, and what is known of it: `size_bytes` and
    `mtime_ns` of the file that was compared, `fingerprint`, whether pages were `decoded`, and the
    `named_path` that its name was taken from. `options`: which ways of finding are wanted.

    The plan's `row` is what is new: fields of `ComparedPages`; empty where nothing is.

    Raises: FileChanged, FileProblem.
    """
    path = Path(data["path"])
    relative = str(path.relative_to(data["root"]))
    row: dict[str, Any] = {}
    if data["named_path"] != relative:
        row = {"named": _named(path, data["root"], data["tags"]), "path": relative}
    identity = _identity(path)
    decoded = bool(options["alike"])
    if _is_known(data, identity, decoded=decoded) or not (decoded or options["equal"]):
        return Plan(data["path"], "changed" if row else "unchanged", identity=identity, row=row)
    looks = looks_of(path, decoded=decoded)
    return _plan(data["path"], looks, row | _read(looks))


def _identity(path: Path) -> FileIdentity:
    try:
        return FileIdentity.of(path.lstat())
    except OSError as error:
        raise FileProblem("The file is no longer there, or it cannot be read.") from error


def _is_known(data: Mapping[str, Any], identity: FileIdentity, *, decoded: bool) -> bool:
    if (data["size_bytes"], data["mtime_ns"]) != (identity.size, identity.mtime_ns):
        return False
    return data["decoded"] if decoded else bool(data["fingerprint"])


def _named(path: PurePath, root: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Without the names beside it: only what it says itself makes it the same as another one."""
    place = path.parent.relative_to(root).as_posix()
    folder = "" if place == "." else telling_folder(place)
    merged = merge(tags, name=path.name, folder=folder)
    return {name: merged[name] for name in ELEMENTS if known(merged, name)}


def _read(looks: Looks) -> dict[str, Any]:
    return {
        "fingerprint": looks.fingerprint,
        "hashes": pack(looks.hashes),
        "width": looks.width,
        "height": looks.height,
        "problem": looks.problem[:MAX_TEXT],
    }


def _plan(path: str, looks: Looks, row: Mapping[str, Any]) -> Plan:
    inspection = looks.inspection
    if inspection.identity is None:
        return Plan(path, "failed", inspection.reason)
    if inspection.verdict == "unread":
        return Plan(path, "skipped", inspection.reason, inspection.identity, row=row)
    outcome: Literal["failed", "changed"] = "failed" if looks.problem else "changed"
    return Plan(path, outcome, looks.problem, inspection.identity, row=row)
