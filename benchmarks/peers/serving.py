"""A contestant's side of the talk: a line of JSON asks for work, a line of JSON says how long.

The clock runs here, around the work alone: neither imports nor the pipe are counted.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

Tags = Mapping[str, str]
Work = Callable[[Path, Tags], object]


def serve(**operations: Work) -> None:
    """Answer until the pipe closes; an operation that is not there cannot be done here."""
    # Libraries print; what they print must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    answers.write(json.dumps(sorted(operations)) + "\n")
    for line in sys.stdin:
        asked = json.loads(line)
        paths = [Path(path) for path in asked["paths"]]
        answer = _timed(operations[asked["operation"]], paths, asked["tags"])
        answers.write(json.dumps(answer) + "\n")


def _timed(work: Work, paths: list[Path], tags: Tags) -> dict[str, float | str]:
    """Milliseconds for each path, on average."""
    started = time.perf_counter()
    try:
        for path in paths:
            work(path, tags)
    # Whatever a peer raises is its result, not the benchmark's end.
    except Exception as error:  # noqa: BLE001
        return {"error": f"{type(error).__name__}: {error}"}
    return {"ms": (time.perf_counter() - started) * 1000 / len(paths)}
