"""The archive engine: tags, pages, conversion and verification, beside the other tools."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import archives_goals as names
from benchmarks import material
from benchmarks.contestants import LIMIT, OURS, PEERS, Contestant, contestants
from benchmarks.environments import requirements
from benchmarks.fulljob import measure_job
from benchmarks.memory import Peak, huge_comic, peak
from benchmarks.reflink import CannotMount, mounted
from benchmarks.rounds import Case, Measured, measure
from benchmarks.table import Report, number

_BATCH = 200
"""So many of the small comics are worked on in a round; the rounds go through all of them."""
_JOB_ROUNDS = 3
_COLUMNS = ("operation", "file", "ours ms", f"{LIMIT} ms", "ratio", *PEERS)


def run(folder: Path, *, rounds: int) -> Report:
    work = folder / "work"
    with contestants() as (present, missing):
        rows = [measure(case, present, work, rounds) for case in _cases(folder)]
        rows.append(_on_xfs(present, folder, rounds))
        rows.append(_job(present, folder))
    for row in rows:
        row.missing |= missing
    peaks = list(_peaks(folder))
    return Report(
        title="Archives: milliseconds for each file, medians of the rounds",
        columns=_COLUMNS,
        rows=[_cells(row) for row in rows],
        notes=[*_NOTES, *_failures(rows), *map(_memory, peaks)],
        goals=list(names.goals(rows, peaks)),
        data=_data(rows, peaks, rounds),
    )


_NOTES = (
    f"ratio: ours to {LIMIT} (copyfile, fsync and rename of the same file).",
    "Other tools: their ms, and in brackets how many times as long as ours; none of them syncs.",
)


def _cases(folder: Path) -> Iterator[Case]:
    pages = material.large_pages()
    for file, deflated in ((names.STORED, False), (names.DEFLATED, True)):
        yield from _large_cases(folder / file, pages, file, deflated=deflated)
    yield from _small_cases(folder / "small")
    place = folder / "other"
    place.mkdir()
    reference = material.zip_file(place / "reference.cbz", pages)
    for kind, path in material.other_containers(place, pages):
        yield Case("convert", f"convert {kind} to cbz", "45 MB", [[path]], reference=reference)


def _large_cases(
    folder: Path, pages: dict[str, bytes], file: str, *, deflated: bool
) -> Iterator[Case]:
    folder.mkdir()
    members = {"bare": pages, "last": material.with_tags(pages)}
    members["first"] = material.with_tags(pages, first=True)
    bare, last, first = (
        [[material.zip_file(folder / f"{name}.cbz", content, deflated=deflated)]]
        for name, content in members.items()
    )
    add, replace_last, replace_first = names.WRITES
    yield Case("add", add, file, bare, material.TAGS)
    yield Case("replace", replace_last, file, last, material.OTHER_TAGS)
    yield Case("replace", replace_first, file, first, material.OTHER_TAGS)
    yield Case("read", names.READ, file, last)
    yield Case("verify", "verify", file, last)


def _small_cases(folder: Path) -> Iterator[Case]:
    bare = _batches(material.small_comics(folder / "bare", tagged=False))
    tagged = _batches(material.small_comics(folder / "tagged", tagged=True))
    add, replace_last, _ = names.WRITES
    yield Case("add", add, names.SMALL, bare, material.TAGS)
    yield Case("replace", replace_last, names.SMALL, tagged, material.OTHER_TAGS)
    yield Case("read", names.READ, names.SMALL, tagged)
    yield Case("verify", "verify", names.SMALL, tagged)


def _batches(paths: Sequence[Path]) -> list[Sequence[Path]]:
    return [paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)]


def _on_xfs(present: Sequence[Contestant], folder: Path, rounds: int) -> Measured:
    few = [contestant for contestant in present if contestant.name in (OURS, LIMIT)]
    bare = [[folder / names.STORED / "bare.cbz"]]
    case = Case("add", names.WRITES[0], names.XFS, bare, material.TAGS)
    try:
        with mounted(folder) as place:
            return measure(case, few, place / "work", rounds)
    except CannotMount as error:
        return Measured(case.label, case.file, missing={OURS: f"could not be mounted: {error}"})


def _job(present: Sequence[Contestant], folder: Path) -> Measured:
    limit = next(contestant for contestant in present if contestant.name == LIMIT)
    comics = sorted((folder / "small" / "bare").iterdir())
    return measure_job(comics, limit, folder / "job", rounds=_JOB_ROUNDS)


def _peaks(folder: Path) -> Iterator[Peak]:
    copy = shutil.copyfile(folder / names.STORED / "bare.cbz", folder / "large.cbz")
    yield peak(copy, names.STORED)
    yield peak(huge_comic(folder / "huge.cbz"), "400 MB stored")


def _cells(row: Measured) -> list[str]:
    values = (row.median(OURS), row.median(LIMIT), row.of_limit())
    figures = [number(value) if value is not None else "–" for value in values]
    return [row.label, row.file, *figures, *(_peer_cell(row, peer) for peer in PEERS)]


def _peer_cell(row: Measured, peer: str) -> str:
    ms, ratio = row.median(peer), row.ratio(peer, to=OURS)
    if ms is None:
        return row.missing.get(peer, "–").partition(":")[0]
    return f"{number(ms)} ({number(ratio)}x)" if ratio is not None else number(ms)


def _failures(rows: Sequence[Measured]) -> Iterator[str]:
    for row in rows:
        for name, reason in row.missing.items():
            if ":" in reason or name == OURS:
                yield f"{row.label}, {row.file}: {name} {reason}."


def _memory(found: Peak) -> str:
    return (
        f"Peak memory of adding tags, {found.file}: {found.peak_mib:.1f} MiB; "
        f"{found.imported_mib:.1f} of them before the file was opened."
    )


def _data(rows: Sequence[Measured], peaks: Sequence[Peak], rounds: int) -> dict[str, Any]:
    return {
        "rounds": rounds,
        "peers": requirements(),
        "rows": [asdict(row) for row in rows],
        "memory": [asdict(found) for found in peaks],
    }
