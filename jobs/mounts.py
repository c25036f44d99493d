"""Which file system a folder is on, as Linux tells it."""

import re
from collections.abc import Iterator
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
NETWORK = {"9p", "afs", "ceph", "cifs", "lustre", "nfs", "nfs4", "smb3", "smbfs"}
LOCAL_FUSE = {"fuseblk", "fuse.fuse-overlayfs"}
"""Disks of other systems, and the root of containers without privileges."""


def is_remote(kind: str) -> bool:
    """Whether other machines, or programs behind the kernel's back, may have a hand in it."""
    return kind in NETWORK or (kind.startswith("fuse") and kind not in LOCAL_FUSE)


def file_system(path: Path, mounts: Path) -> str:
    """The kind of file system that `path` is on; empty where this system does not tell."""
    found, kind = "", ""
    place = f"{path.resolve()}/"
    for point, its_kind in _mounts(mounts):
        # The last of several on one point is the one that is seen.
        if place.startswith(f"{point.rstrip('/')}/") and len(point) >= len(found):
            found, kind = point, its_kind
    return kind


def file_systems_beneath(path: Path, mounts: Path) -> set[str]:
    """The kind that `path` is on, and those that are mounted somewhere beneath it."""
    place = f"{path.resolve()}/"
    beneath = {kind for point, kind in _mounts(mounts) if point.startswith(place)}
    return {file_system(path, mounts), *beneath}


def _mounts(mounts: Path) -> Iterator[tuple[str, str]]:
    """Mount point and kind of file system (proc_pid_mountinfo(5))."""
    if not mounts.exists():
        return
    for line in mounts.read_text("utf-8", "surrogateescape").splitlines():
        before, _, after = line.partition(" - ")
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), before.split()[4])
        yield point, after.split()[0]
