"""`python -m benchmarks [subject ...]`: measure, print, and write the figures as JSON."""

import json
import os
import platform
import sys
import tempfile
from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path

from benchmarks.environments import PLACE

SUBJECTS = (
    "archives",
    "duplicates",
    "filenames",
    "jobs",
    "operations",
    "plans",
    "scale",
    "streams",
)
"""Modules of this package with `run(folder, *, rounds) -> Report`."""


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="subject", help=", ".join(SUBJECTS))
    parser.add_argument("--rounds", type=int, default=7, help="that are counted; default: 7")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write all figures there")
    options = parser.parse_args()
    if unknown := set(options.subjects) - set(SUBJECTS):
        parser.error(f"no such subject: {', '.join(sorted(unknown))}")
    figures = {"machine": machine()}
    for subject in options.subjects or SUBJECTS:
        figures[subject] = run(subject, options.rounds)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


def run(subject: str, rounds: int) -> dict[str, object]:
    # Beside the code and not in /tmp, which often lies in memory, where nothing waits for a disk.
    place = PLACE / "tmp"
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, prefix=f"{subject}-") as folder:
        report = import_module(f"benchmarks.{subject}").run(Path(folder), rounds=rounds)
    sys.stdout.write(report.as_text())
    sys.stdout.flush()
    data: dict[str, object] = report.as_data()
    return data


def machine() -> dict[str, object]:
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }


if __name__ == "__main__":
    main()
