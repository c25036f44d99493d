"""A measurement in a process and a data folder of its own."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.environments import ROOT


def measured(module: str, folder: Path, *arguments: str) -> dict[str, Any]:
    """What the module prints as JSON in its last line when it is run."""
    environment = {**os.environ, "DATA_DIR": str(folder), "DATABASE_URL": ""}
    environment |= {"DJANGO_SETTINGS_MODULE": "comicmaintainer.settings"}
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def cost(work: Callable[[], object]) -> dict[str, float]:
    """Of doing it once in this process."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, cpu_seconds = time.perf_counter(), time.process_time()
    work()
    return {
        "seconds": time.perf_counter() - seconds,
        "cpu_seconds": time.process_time() - cpu_seconds,
        "mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024,
    }
