"""One operation on one kind of file by all contestants, round by round.

In a round each works once, on fresh copies of its own, and another one begins each time. So what
else the machine does falls on all of them, and the ratios within a round mean more than the times.
"""

import os
import shutil
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.contestants import LIMIT, OURS, Contestant, Unable

_WRITING = ("add", "replace", "convert")
_SLOW_MS = 5000


@dataclass(frozen=True)
class Case:
    operation: str
    label: str
    """The operation as the table calls it."""
    file: str
    """The kind of file as the table calls it."""
    batches: Sequence[Sequence[Path]]
    """What each round works on; the first again after the last."""
    tags: Mapping[str, str] = field(default_factory=dict)
    reference: Path | None = None
    """A .cbz with the pages that must come out; None where those of the file itself."""


@dataclass
class Measured:
    """One row: the rounds' milliseconds for each file, by contestant."""

    label: str
    file: str
    ms: dict[str, list[float]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """Why a contestant has no figure."""

    def median(self, name: str) -> float | None:
        return median(self.ms[name]) if name in self.ms else None

    def ratio(self, name: str, *, to: str) -> float | None:
        """The median of the rounds' ratios, which is calmer than the ratio of medians."""
        if name not in self.ms or to not in self.ms:
            return None
        pairs = list(zip(self.ms[name], self.ms[to], strict=False))
        if len(self.ms[name]) != len(self.ms[to]):
            pairs = [(median(self.ms[name]), median(self.ms[to]))]
        return median(a / b for a, b in pairs)

    def of_limit(self) -> float | None:
        return self.ratio(OURS, to=LIMIT)


def measure(case: Case, contestants: Sequence[Contestant], folder: Path, rounds: int) -> Measured:
    """The first round is for warming up and not counted, but for those that are slow.

    What takes five seconds is not taken again, and no warming up would show in it.
    """
    # The table comes minutes later; somebody may be waiting for it.
    sys.stderr.write(f"{case.label}, {case.file} ...\n")
    row = Measured(case.label, case.file)
    slow: set[str] = set()
    for number in range(rounds + 1):
        batch = case.batches[number % len(case.batches)]
        turn = number % len(contestants)
        for contestant in (*contestants[turn:], *contestants[:turn]):
            if case.operation not in contestant.operations:
                row.missing[contestant.name] = "–"
            elif contestant.name not in row.missing and contestant.name not in slow:
                ms = _take_turn(row, contestant, case, batch, folder)
                if ms * len(batch) > _SLOW_MS:
                    slow.add(contestant.name)
                elif number == 0:
                    row.ms.pop(contestant.name, None)
    return row


def _take_turn(
    row: Measured, contestant: Contestant, case: Case, batch: Sequence[Path], folder: Path
) -> float:
    """Its milliseconds for each file; 0 where it failed."""
    # The limit writes whatever is asked for, and reading is compared with it too.
    copies = case.operation in _WRITING or contestant.name == LIMIT
    paths = _copied(batch, folder) if copies else batch
    try:
        ms = contestant.ask(case.operation, paths, case.tags)
        if contestant.name != LIMIT:
            _check(case, batch, paths)
    except Unable as error:
        row.missing[contestant.name] = str(error)
        row.ms.pop(contestant.name, None)
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    row.ms.setdefault(contestant.name, []).append(ms)
    return ms


def _copied(batch: Sequence[Path], folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    copies = [Path(shutil.copyfile(path, folder / path.name)) for path in batch]
    # Nobody's fsync shall have to write what someone else left behind.
    os.sync()
    return copies


def _check(case: Case, originals: Sequence[Path], results: Sequence[Path]) -> None:
    """A figure counts only for work that was done. Raises Unable."""
    if case.operation not in _WRITING:
        return
    for old, new in zip(originals, results, strict=True):
        result = new.with_suffix(".cbz")
        if _pages(result) != _pages(case.reference or old):
            raise Unable("lost pages")
        if case.tags and not _has_title(result, case.tags):
            raise Unable("lost tags")


def _pages(path: Path) -> dict[str, int]:
    """Names and sums of all but the tags, where there is something in them."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, zipfile.BadZipFile):
        return {}
    return {m.filename: m.CRC for m in members if m.file_size and not m.filename.endswith(".xml")}


def _has_title(path: Path, tags: Mapping[str, str]) -> bool:
    with zipfile.ZipFile(path) as archive:
        return f">{tags['Title']}<".encode() in archive.read("ComicInfo.xml")
