"""Scans of many small files: the first, one with nothing changed, one with 1 % changed."""

import os
import subprocess
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count as counting
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Any

from benchmarks.processes import own_mib
from benchmarks.scale_material import facts, plant
from benchmarks.scale_pages import Answers, asked
from benchmarks.sites import Connection, Server, data_folder, serving, settle
from tests.library.comics import make_comic

_FINDS = 5
_ASK_SECONDS = 0.5
_MEANWHILE = ("/", "/?search=ash&page=2", "/?ordering=-size", "/api/comics/?ordering=-size")


@dataclass
class Scans:
    seconds: dict[str, float] = field(default_factory=dict)
    find_seconds: list[float] = field(default_factory=list)
    compared: float = 0.0
    """Seconds of the scan that found nothing changed."""
    meanwhile: Answers = field(default_factory=lambda: Answers("during the first scan", "SQLite"))
    resident_before_mb: float = 0.0
    resident_mb: float = 0.0

    @property
    def find(self) -> float:
        return median(self.find_seconds)


def scans(folder: Path, *, count: int) -> Scans:
    folder.mkdir(parents=True)
    root = folder / "comics"
    plant(root, count, make_comic(folder / "sample.cbz", Series="Ash", Number="1"))
    data = data_folder(folder / "data")
    data.manage("addlibrary", str(root))
    result = Scans()
    with serving(data, "--workers", "2") as server:
        settle()
        result.resident_before_mb = _resident_mb(server)
        result.seconds["first scan"] = _scan(server, result, reads=True)
        for _ in range(_FINDS):
            result.find_seconds.append(_find(root))
        result.compared = min(_scan(server, result) for _ in range(3))
        result.seconds["scan, nothing changed"] = result.compared
        _touch(root, count)
        result.seconds["scan, 1 % changed"] = _scan(server, result)
    return result


def _scan(server: Server, result: Scans, *, reads: bool = False) -> float:
    """From its creation to its end, as the job says: to ask often would slow it down."""
    connection, reader = server.connect(), server.signed_in()
    job_id = connection.submit("scan")
    for turn in counting():
        if reads:
            answers = asked(reader, _MEANWHILE[turn % len(_MEANWHILE)], "SQLite", rounds=1)
            result.meanwhile.ms.extend(answers.ms)
        sleep(_ASK_SECONDS)
        result.resident_mb = max(result.resident_mb, _resident_mb(server))
        if (job := _ended(connection, job_id)) is not None:
            ended, created = (
                datetime.fromisoformat(job[name]) for name in ("finished_at", "created_at")
            )
            return (ended - created).total_seconds()
    raise AssertionError


def _ended(connection: Connection, job_id: str) -> dict[str, Any] | None:
    job = connection.job(job_id)
    assert job["status"] not in ("failed", "cancelled"), job
    return job if job["status"] == "completed" else None


def _find(root: Path) -> float:
    begun = monotonic()
    subprocess.run(
        ["find", str(root), "-type", "f", "-printf", "%p %s %T@\n"],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return monotonic() - begun


def _touch(root: Path, count: int) -> None:
    for number, each in enumerate(facts(count)):
        if number % 100 == 0:
            os.utime(root / each.path)


def _resident_mb(server: Server) -> float:
    """Of its own: the database's file is mapped too, which costs no memory that others need."""
    return own_mib(*server.pids) * 2**20 / 1e6
