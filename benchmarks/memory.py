"""The most memory that adding tags takes: a fresh process for each file."""

import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import ROOT
from benchmarks.material import TAGS

_HUGE_PAGES, _HUGE_PAGE_BYTES = 10, 40 * 2**20


@dataclass(frozen=True)
class Peak:
    file: str
    imported_mib: float
    """Python with the engine, before the first file."""
    peak_mib: float

    @property
    def growth_mib(self) -> float:
        return self.peak_mib - self.imported_mib


def peak(path: Path, file: str) -> Peak:
    """Adds tags to the file."""
    command = [sys.executable, "-m", "benchmarks.peers.probe", str(path), json.dumps(TAGS)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    before, after = map(float, done.stdout.split())
    return Peak(file, before, after)


def huge_comic(path: Path) -> Path:
    """400 MiB, stored: pages of zeros, which no check that adding tags makes would notice."""
    page = bytes(_HUGE_PAGE_BYTES)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(_HUGE_PAGES):
            archive.writestr(f"{number:03}.jpg", page)
    return path
