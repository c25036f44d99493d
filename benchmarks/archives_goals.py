"""What the archive engine wants to reach, judged by the rows."""

from collections.abc import Iterator, Sequence

from benchmarks.contestants import LIMIT, OURS
from benchmarks.memory import Peak
from benchmarks.rounds import Measured
from benchmarks.table import Goal, judged

DEFLATED = "45 MB deflated"
STORED = "45 MB stored"
SMALL = "1,000 small, each"
XFS = "45 MB stored, on XFS"
WRITES = ("add tags", "replace tags, last", "replace tags, first")
READ = "read tags + pages"
JOB = "add tags, whole job"

_MOST_OF_LIMIT = 1.3
_MOST_SMALL_MS = 2
_MOST_READ_MS = 0.3
_MOST_XFS_MS = 15
_MOST_MIB = 40


def goals(rows: Sequence[Measured], peaks: Sequence[Peak]) -> Iterator[Goal]:
    found = {(row.label, row.file): row for row in rows}
    for file in (STORED, DEFLATED):
        for label in WRITES:
            yield _near_the_limit(found[label, file])
    for peer, times in (("comicapi", 3), ("darkseid", 5)):
        for label in WRITES:
            yield _faster(found[label, DEFLATED], peer, times)
    for label in (*WRITES[:2], JOB):
        yield _quick(found[label, SMALL], _MOST_SMALL_MS)
    yield _quick(found[READ, SMALL], _MOST_READ_MS)
    yield _faster(found[READ, SMALL], "comicapi", 4)
    for peak in peaks:
        text = f"add tags, {peak.file}: at most {_MOST_MIB} MiB of memory, Python and all"
        yield judged(text, peak.peak_mib, "MiB", most=_MOST_MIB)
    yield _quick(found[WRITES[0], XFS], _MOST_XFS_MS)


def _near_the_limit(row: Measured) -> Goal:
    text = f"{row.label}, {row.file}: at most {_MOST_OF_LIMIT} times {LIMIT}"
    return judged(text, row.of_limit(), "times", most=_MOST_OF_LIMIT)


def _faster(row: Measured, peer: str, times: int) -> Goal:
    text = f"{row.label}, {row.file}: at least {times} times as fast as {peer}"
    return judged(text, row.ratio(peer, to=OURS), "times", least=times)


def _quick(row: Measured, most_ms: float) -> Goal:
    text = f"{row.label}, {row.file}: at most {most_ms} ms"
    return judged(text, row.median(OURS), "ms", most=most_ms)
