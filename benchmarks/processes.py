"""What Linux says of a process."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_USER_TIME, _SYSTEM_TIME = 11, 12
"""Fields of /proc/<pid>/stat, counted from the state (proc(5))."""


@dataclass(frozen=True)
class Footprint:
    threads: int
    files: int
    mib: float
    """Resident memory; its children have their own."""
    own_mib: float
    """The same without files, such as the part of the database that SQLite has mapped."""


def footprint(pid: int) -> Footprint:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    mib, own_mib = (int(status[key].split()[0]) / 1024 for key in ("VmRSS", "RssAnon"))
    return Footprint(int(status["Threads"]), files, mib, own_mib)


def shared_mib(*pids: int) -> float:
    """The memory of all of them: of what several processes have in common, each has its part
    (proportional set size, proc(5))."""
    return sum(_kib(pid, "Pss") for pid in pids) / 1024


def own_mib(*pids: int) -> float:
    """The same without files, such as the part of the database that SQLite has mapped."""
    return sum(_kib(pid, "Pss_Anon") for pid in pids) / 1024


def _kib(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def processor_seconds(*pids: int) -> float:
    """Used by these processes so far, without their children."""
    return sum(_used(pid) for pid in pids)


def _used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[_USER_TIME]) + int(fields[_SYSTEM_TIME])) / _TICKS


def allow_many_files() -> None:
    """For this process and those it starts."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
