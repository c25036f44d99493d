"""Adds tags to one file in a fresh process; prints its highest memory before and after, in MiB."""

import json
import re
import sys
from pathlib import Path

from benchmarks.peers import ours


def highest_mib() -> float:
    """Not getrusage: that counts the parent's memory from before the exec."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    before = highest_mib()
    ours.write(Path(sys.argv[1]), json.loads(sys.argv[2]))
    sys.stdout.write(f"{before} {highest_mib()}\n")
