"""Each operation's comics a second on 1,000 small ones, beside two other tools' command lines."""

import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks import material
from benchmarks.contestants import Unable
from benchmarks.environments import NotInstalled, interpreter, requirements
from benchmarks.fulljob import Application, seconds_of
from benchmarks.table import Report, number
from tests.library.archives.rar_making import rar5_bytes

PEERS = ("comicbox", "comictagger")
_COUNT = material.SMALL_COMICS
_TIMEOUT_SECONDS = 900
_COLUMNS = ("operation", "what", "ours", *PEERS)


@dataclass(frozen=True)
class Step:
    operation: str
    what: str
    ours: Sequence[str]
    """Arguments of `runjob`, in this order on one library."""
    comicbox: Sequence[str] = ()
    """Its options; () where it has no such thing."""
    comictagger: Sequence[str] = ()
    kind: str = "tagged"
    """Of the files that the other tools get, fresh copies each time."""


STEPS = (
    Step("scan", "read all tags", ["scan", "--set", "reread=true"], ["-p"], ["-p"]),
    Step("process", "preview", ["process", "--dry-run"]),
    Step("process", "add tags", ["process"]),
    Step("process", "nothing to do", ["process"]),
    Step(
        "edit_tags", "write a title",
        ["edit_tags", "--set", "action=set", "--set", "field=Title", "--set", "value=Words"],
        ["-w", "cix", "-m", "title: Words"],
        ["-s", "-t", "CR", "-m", "title=Words"],
    ),
    Step(
        "rename", "by a template", ["rename", "--set", "template={series} no. {issue:4}"],
        ["--rename"], ["-r", "-t", "CR"],
    ),
    Step("normalize", "nothing to do", ["normalize"]),
    Step("verify", "table of contents", ["verify", "--set", "depth=container"]),
    Step("verify", "every byte", ["verify"]),
    Step("verify", "every page decoded", ["verify", "--set", "depth=pages"]),
    Step("find_duplicates", "names and sums", ["find_duplicates", "--set", "alike=false"]),
    Step("find_duplicates", "every page looked at", ["find_duplicates"]),
    Step("find_duplicates", "nothing new", ["find_duplicates"]),
    Step("trash", "all", ["trash"]),
    Step("undo", "of trash", ["undo"]),
    Step("convert", "cbr to cbz", ["convert"], ["-z"], ["-e"], kind="cbr"),
)  # fmt: skip


@dataclass
class Row:
    operation: str
    what: str
    seconds: dict[str, float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def run(folder: Path, *, rounds: int) -> Report:
    """One round, whatever is asked for: each takes a thousand files."""
    files = _files(folder / "files")
    rows = list(_ours(folder / "ours"))
    for peer in PEERS:
        _add_peer(peer, rows, files, folder / "work")
    return Report(
        title=f"Operations: comics a second, of {_COUNT:,} small ones",
        columns=_COLUMNS,
        rows=[_cells(row) for row in rows],
        notes=[*_NOTES, *_failures(rows)],
        data={"peers": requirements(), "rows": [asdict(row) for row in rows]},
    )


_NOTES = (
    "ours: the job’s own time, with its journal, synced to the disk, and each item’s event.",
    "The others: one call of the command for all files, its start included; nothing is synced.",
)


def _files(folder: Path) -> dict[str, list[Path]]:
    """By kind; each comic has a number of its own."""
    found: dict[str, list[Path]] = {"bare": [], "tagged": [], "cbr": []}
    for kind in found:
        (folder / kind).mkdir(parents=True)
    for n in range(1, _COUNT + 1):
        pages, name = material.small_pages(n), f"Ash and Ember - Chapter {n:04}"
        xml = material.comicinfo(pages, (160, 240)).replace(b">7</Number>", b">%d</Number>" % n)
        tagged = pages | {"ComicInfo.xml": xml}
        found["bare"].append(material.zip_file(folder / "bare" / f"{name}.cbz", pages))
        found["tagged"].append(material.zip_file(folder / "tagged" / f"{name}.cbz", tagged))
        rar = folder / "cbr" / f"{name}.cbr"
        rar.write_bytes(rar5_bytes(tagged))
        found["cbr"].append(rar)
    return found


def _ours(folder: Path) -> Iterator[Row]:
    folder.mkdir()
    application = Application(folder)
    application.manage("migrate", "-v", "0")
    files = folder.parent / "files"
    former = ""
    for kind, steps in (("bare", STEPS[:-1]), ("cbr", STEPS[-1:])):
        application.manage("addlibrary", str(_copied(files / kind, folder / f"our {kind}")))
        application.job("scan")
        for step in steps:
            row = Row(step.operation, step.what)
            place = ["--job", former] if step.operation == "undo" else ["--library", f"our {kind}"]
            try:
                job = application.job(*step.ours, *place)
            except Unable as error:
                row.missing["ours"] = str(error)
            else:
                former = job["job_id"]
                row.seconds["ours"] = seconds_of(job)
                if job["progress"]["errors"] or job["outcomes"]["skipped"]:
                    row.missing["ours"] = f"not all were done: {job['outcomes']}"
            yield row


def _add_peer(
    peer: str, rows: Sequence[Row], files: Mapping[str, Sequence[Path]], work: Path
) -> None:
    try:
        program = interpreter(peer).with_name(peer)
    except NotInstalled as error:
        for row in rows:
            row.missing[peer] = str(error)
        return
    for step, row in zip(STEPS, rows, strict=True):
        options = getattr(step, peer)
        if not options:
            row.missing[peer] = "–"
            continue
        sys.stderr.write(f"{step.operation}, {peer} ...\n")
        copies = _copied(files[step.kind][0].parent, work / f"{peer} {step.operation}")
        try:
            seconds = _timed([str(program), *options], sorted(copies.iterdir()))
        except subprocess.SubprocessError as error:
            row.missing[peer] = f"failed: {error}"
            continue
        if (done := _done(step, copies)) == _COUNT:
            row.seconds[peer] = seconds
        else:
            row.missing[peer] = f"failed: it did {done} of {_COUNT}"


def _timed(command: Sequence[str], paths: Sequence[Path]) -> float:
    names = [path.name for path in paths]
    started = time.perf_counter()
    subprocess.run(
        [*command, *names],
        cwd=paths[0].parent,
        # Where they would look for settings, and make some.
        env=os.environ | {"HOME": str(paths[0].parent.parent)},
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=_TIMEOUT_SECONDS,
    )
    return time.perf_counter() - started


def _done(step: Step, folder: Path) -> int:
    """Of so many files the work can be seen: a figure counts only for work that was done."""
    if step.operation == "edit_tags":
        return sum(_has_title(path) for path in folder.glob("*.cbz"))
    if step.operation == "rename":
        return sum("Chapter" not in path.name for path in folder.glob("*.cbz"))
    return sum(1 for _ in folder.glob("*.cbz"))


def _has_title(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return b">Words<" in archive.read("ComicInfo.xml")


def _copied(source: Path, target: Path) -> Path:
    shutil.copytree(source, target)
    os.sync()
    return target


def _cells(row: Row) -> list[str]:
    cells = []
    for name in ("ours", *PEERS):
        seconds = row.seconds.get(name)
        missing = row.missing.get(name, "–").partition(":")[0]
        cells.append(number(_COUNT / seconds) if seconds else missing)
    return [row.operation, row.what, *cells]


def _failures(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        for name, reason in row.missing.items():
            if ":" in reason:
                yield f"{row.operation}, {row.what}: {name} {reason}."
