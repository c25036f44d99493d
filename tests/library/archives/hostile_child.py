"""Reads what it is told to, under a limit of memory; prints one line of JSON for each file."""

import json
import re
import resource
import sys
import time
from pathlib import Path

from library.archives.verifying import verify
from library.work.scan import examine

MEMORY_BYTES = 2**30


def highest_memory_bytes() -> int:
    """Not getrusage: that counts the parent's memory from before the exec."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for line in sys.stdin:
        path = json.loads(line)
        started = time.monotonic()
        seen = examine({"path": path})
        read = verify(Path(path)).inspection
        decoded = verify(Path(path), "pages").inspection
        answer = {
            "seen": seen["verdict"],
            "reason": seen["reason"],
            "read": read.verdict,
            "read_reason": read.reason,
            "decoded": decoded.verdict,
            "seconds": time.monotonic() - started,
            "memory_bytes": highest_memory_bytes(),
        }
        sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
