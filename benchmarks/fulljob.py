"""The whole application: `manage.py` on a data folder of its own, as a user's server works.

Journal and rows in SQLite with synchronous=FULL, children that read and build, every item's result
recorded and told. The time is the job's own, from its start to its end, listing the items included.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.archives_goals import JOB, SMALL
from benchmarks.contestants import LIMIT, OURS, Contestant, Unable
from benchmarks.environments import ROOT
from benchmarks.rounds import Measured

_CHILDREN = 2
_TIMEOUT_SECONDS = 300


def measure_job(
    comics: Sequence[Path], limit: Contestant, folder: Path, *, rounds: int
) -> Measured:
    """A job that adds tags to all these comics, once in each round, a fresh library each time."""
    row = Measured(JOB, SMALL)
    application = Application(folder)
    try:
        application.manage("migrate", "-v", "0")
        for number in range(rounds):
            library = folder / f"Library {number}" / "Ash and Ember"
            _fill(library, comics)
            application.manage("addlibrary", str(library.parent))
        application.manage("runjob", "scan", "--json")
        for number in range(rounds):
            name = f"Library {number}"
            row.ms.setdefault(LIMIT, []).append(_limit(limit, comics, folder))
            row.ms.setdefault(OURS, []).append(application.process(name) / len(comics))
    except Unable as error:
        return Measured(row.label, row.file, missing={OURS: str(error)})
    return row


class Application:
    def __init__(self, folder: Path) -> None:
        data = str(folder / "data")
        ours = {"DATA_DIR": data, "WORKERS": str(_CHILDREN)}
        others = {"DATABASE_URL", "REDIS_URL", "COMICS"}
        self._environment = {k: v for k, v in os.environ.items() if k not in others} | ours

    def manage(self, *arguments: str) -> str:
        """What it prints. Raises Unable."""
        command = [sys.executable, "manage.py", *arguments]
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=self._environment,
                check=True,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_SECONDS,
            )
        except subprocess.SubprocessError as error:
            raise Unable(f"manage.py {arguments[0]} failed") from error
        return done.stdout

    def job(self, *arguments: str) -> dict[str, Any]:
        """`runjob`, whatever became of the items. Raises Unable."""
        os.sync()
        job: dict[str, Any] = json.loads(self.manage("runjob", *arguments, "--json"))
        return job

    def process(self, library: str) -> float:
        """The job's milliseconds. Raises Unable where not every comic was changed."""
        job = self.job("process", "--library", library)
        if job["outcomes"]["changed"] != job["progress"]["total"]:
            raise Unable(f"not every comic was changed: {job['outcomes']}")
        return seconds_of(job) * 1000


def seconds_of(job: Mapping[str, Any]) -> float:
    """The job's own time, from its start to its end."""
    started, finished = (datetime.fromisoformat(job[key]) for key in _TIMES)
    return (finished - started).total_seconds()


_TIMES = ("started_at", "finished_at")


def _fill(library: Path, comics: Sequence[Path]) -> None:
    library.mkdir(parents=True)
    for comic in comics:
        shutil.copyfile(comic, library / comic.name)


def _limit(limit: Contestant, comics: Sequence[Path], folder: Path) -> float:
    copies = folder / "limit"
    _fill(copies, comics)
    os.sync()
    try:
        return limit.ask("add", [copies / comic.name for comic in comics], {})
    finally:
        shutil.rmtree(copies)
