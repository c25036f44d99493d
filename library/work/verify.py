"""Verify one comic: read it, and decide what its row shall say. Nothing is ever written here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from library.archives.verifying import DEPTHS, Depth, Verification, verify
from library.files import FileIdentity
from library.work.process import Plan
from library.work.rules import Change

BIT_ROT = (
    "Bit rot: its pages are not those that were verified before, although the file's size and "
    "date are the same."
)
MAX_REASON = 300


def examine(data: Mapping[str, Any], options: Mapping[str, Any]) -> Plan:
    """`data`: `path`; what the row has of an earlier verification: `verdict`, `verdict_reason`,
    `fingerprint`, `verified_depth`, `verified_size_bytes`, `verified_mtime_ns`. `options`: `depth`.

    The plan's `row` is what the row shall say; empty where nothing was learnt.

    Raises: FileChanged, FileProblem.
    """
    found = verify(Path(data["path"]), options["depth"])
    inspection, identity = found.inspection, found.inspection.identity
    if identity is None:
        return Plan(data["path"], "failed", inspection.reason)
    if inspection.verdict == "unread":
        return Plan(data["path"], "skipped", inspection.reason, identity)
    row: dict[str, Any] = {
        **_judged(data, found, options["depth"], identity),
        "verified_size_bytes": identity.size,
        "verified_mtime_ns": identity.mtime_ns,
    }
    if inspection.pages:
        row["page_count"] = len(inspection.pages)
    return _plan(data, identity, row)


def _plan(data: Mapping[str, Any], identity: FileIdentity, row: Mapping[str, Any]) -> Plan:
    changes: tuple[Change, ...] = ()
    if row["verdict"] != data["verdict"]:
        changes = (Change(field="verdict", before=data["verdict"], after=row["verdict"]),)
    outcome: Literal["failed", "changed", "unchanged"] = "changed" if changes else "unchanged"
    if row["verdict"] not in ("ok", "warn"):
        outcome = "failed"
    reason = row["verdict_reason"]
    return Plan(data["path"], outcome, reason, identity, changes=changes, row=row)


def _judged(
    data: Mapping[str, Any], found: Verification, depth: Depth, identity: FileIdentity
) -> dict[str, str]:
    """The verdict, and what goes on to be known of the pages: of a file that has become damaged,
    what they were; of one that is looked at less closely than before, what was found then."""
    verdict, reason = found.inspection.verdict, found.inspection.reason
    pages = found.fingerprint
    # Damage to the bytes is found by reading them, however deep it was meant to go.
    deepest: Depth = depth if pages or depth == "container" else "checksums"
    if was_verified(data, identity):
        if _is_rotten(data, found):
            reason = f"{BIT_ROT} {reason}" if verdict == "damaged" else BIT_ROT
            verdict, pages, deepest = "damaged", data["fingerprint"], data["verified_depth"]
        deepest = max(deepest, data["verified_depth"], key=DEPTHS.index)
        is_known = deepest != depth and keeps_verdict(data["verdict"], verdict)
        if is_known and not _has_healed(data, found, depth):
            verdict, reason = data["verdict"], data["verdict_reason"]
        if depth == "container":
            pages = pages or data["fingerprint"]
    return {
        "verdict": verdict,
        "verdict_reason": reason[:MAX_REASON],
        "fingerprint": pages,
        "verified_depth": deepest,
    }


def was_verified(row: Mapping[str, Any], identity: FileIdentity) -> bool:
    """Whether it was this file, for all that its size and date say, that was verified before."""
    before = (row["verified_size_bytes"], row["verified_mtime_ns"])
    return before == (identity.size, identity.mtime_ns)


def keeps_verdict(before: str, now: str) -> bool:
    """Whether what was found by verifying stands, after a look that goes less deep."""
    return before in ("damaged", "refused") and now in ("ok", "warn")


def _has_healed(data: Mapping[str, Any], found: Verification, depth: Depth) -> bool:
    """Whether the pages are again what they were before they were found rotten."""
    was_rotten = data["verdict_reason"].startswith(BIT_ROT)
    return was_rotten and depth != "container" and found.fingerprint == data["fingerprint"]


def _is_rotten(data: Mapping[str, Any], found: Verification) -> bool:
    """Whether the pages are others; also where damage keeps them from being read to the end, and
    they once could be."""
    if not data["fingerprint"]:
        return False
    if found.fingerprint:
        return bool(found.fingerprint != data["fingerprint"])
    return found.inspection.verdict == "damaged" and data["verified_depth"] != "container"
