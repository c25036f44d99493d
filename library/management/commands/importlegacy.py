import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jobs.command_line import CODES, SOME_FAILED, CommandError, TellingCommand, refusals
from library.legacy.importing import Count, Report, take_over
from library.legacy.reading import Legacy, read
from library.models import Library

EXAMPLES = 5
EPILOG = f"""\
Add your folder of comics and scan it first. Nothing in FOLDER is written to, nor is any comic.
{CODES}.

example:
  manage.py addlibrary /srv/comics && manage.py runjob scan
  manage.py importlegacy /srv/old/Config --moved /watched_dir=/srv/comics --dry-run
"""


class Command(TellingCommand):
    help = "Takes over rules, marks and history of the ComicMaintainer that was a Flask program."
    epilog = EPILOG

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="its configuration folder, such as /Config")
        parser.add_argument(
            "--moved",
            metavar="OLD=NEW",
            action="append",
            default=[],
            help="the old program saw the folder NEW as OLD, as in a container",
        )
        parser.add_argument(
            "--library", metavar="NAME", action="append", default=[], help="only these libraries"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        self.add_output(parser)

    def handle(
        self,
        *,
        folder: Path,
        moved: list[str],
        library: list[str],
        dry_run: bool,
        as_json: bool,
        is_quiet: bool,
        **options: Any,
    ) -> None:
        self.as_json, self.is_quiet = as_json, is_quiet
        with refusals():
            report = take_over(
                read_from(folder),
                libraries_of(library),
                moved=dict(map(pair, moved)),
                dry_run=dry_run,
            )
        if as_json:
            self.tell({"dry_run": dry_run, **asdict(report)}, "")
        else:
            for line in lines(report, dry_run=dry_run):
                self.tell({}, line)
        if report.problems or any(count.unmatched for count in counts(report).values()):
            sys.exit(SOME_FAILED)


def read_from(folder: Path) -> Legacy:
    """Raises CommandError."""
    try:
        return read(folder)
    except OSError as error:
        raise CommandError(f"{folder} cannot be read: {error.strerror}") from error


def pair(text: str) -> tuple[str, str]:
    """Raises CommandError."""
    old, equals, new = text.partition("=")
    if not (equals and old.startswith("/") and new.startswith("/")):
        raise CommandError("Write --moved /old/folder=/new/folder.")
    return old, str(Path(new).resolve())


def libraries_of(names: list[str]) -> list[Library]:
    """Those of these names, else all. Raises CommandError."""
    libraries = list(Library.objects.all())
    known = {library.name for library in libraries}
    if unknown := [name for name in names if name not in known]:
        text = f"There is no library “{unknown[0]}”."
        raise CommandError(text)
    chosen = [library for library in libraries if not names or library.name in names]
    if not chosen:
        text = "There is no library yet. Add one first: manage.py addlibrary PATH."
        raise CommandError(text)
    if unread := [library.name for library in chosen if library.scanned_at is None]:
        text = f"“{unread[0]}” was not scanned yet. Scan it first: manage.py runjob scan."
        raise CommandError(text)
    return chosen


def counts(report: Report) -> dict[str, Count]:
    marks = {f"Marks “{mark}”": count for mark, count in report.marks.items()}
    return {**marks, "History": report.history}


def lines(report: Report, *, dry_run: bool) -> Iterator[str]:
    if dry_run:
        yield "Nothing is changed: this is what would be done."
    watch = f", watched: {report.watch}" if report.watch else ""
    rules = f"name template {report.template}, " if report.template else ""
    yield f"Rules of {', '.join(report.libraries)}: {rules}strict titles and series{watch}."
    for name, count in counts(report).items():
        yield f"{name}: {count.found} found, {count.taken_over} taken over, {count.known} here."
        if count.unmatched:
            yield f"  No comic here for {len(count.unmatched)} of them, such as:"
            yield from (f"    {path!r}" for path in count.unmatched[:EXAMPLES])
    if any(count.unmatched for count in counts(report).values()):
        yield "  Where the folder was moved, say so: --moved /old/folder=/new/folder."
    for problem in report.problems:
        yield f"Not taken over: {problem}"
    for left in report.left_out:
        yield f"Left out: {left}"
