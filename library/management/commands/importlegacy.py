import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from library.legacy.importing import Count, Report, take_over
from library.legacy.reading import read
from library.models import Library

SOME_LEFT, COULD_NOT_RUN = 1, 2
EXAMPLES = 5
EPILOG = """\
Add your folder of comics and scan it first. Nothing in FOLDER is written to, nor is any comic.
Exit code: 0 all was taken over; 1 something is missing or unmatched, and named; 2 it could not
run.

example:
  manage.py addlibrary /srv/comics && manage.py runjob scan
  manage.py importlegacy /srv/old/Config --moved /watched_dir=/srv/comics --dry-run
"""


class Command(BaseCommand):
    help = "Takes over rules, marks and history of the ComicMaintainer that was a Flask program."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs |= {"epilog": EPILOG, "formatter_class": RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

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
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(
        self,
        *,
        folder: Path,
        moved: list[str],
        library: list[str],
        dry_run: bool,
        as_json: bool,
        **options: Any,
    ) -> None:
        try:
            legacy = read(folder)
            report = take_over(
                legacy, libraries_of(library), moved=dict(map(pair, moved)), dry_run=dry_run
            )
        except OSError as error:
            text = f"{folder} cannot be read: {error.strerror}"
            raise CommandError(text, returncode=COULD_NOT_RUN) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=COULD_NOT_RUN) from error
        if as_json:
            self.stdout.write(json.dumps({"dry_run": dry_run, **asdict(report)}, indent=2))
        else:
            for line in lines(report, dry_run=dry_run):
                self.stdout.write(line)
        if report.problems or any(count.unmatched for count in counts(report).values()):
            sys.exit(SOME_LEFT)


def pair(text: str) -> tuple[str, str]:
    """Raises CommandError."""
    old, equals, new = text.partition("=")
    if not (equals and old.startswith("/") and new.startswith("/")):
        raise CommandError("Write --moved /old/folder=/new/folder.", returncode=COULD_NOT_RUN)
    return old, str(Path(new).resolve())


def libraries_of(names: list[str]) -> list[Library]:
    """Those of these names, else all. Raises CommandError."""
    libraries = list(Library.objects.all())
    known = {library.name for library in libraries}
    if unknown := [name for name in names if name not in known]:
        text = f"There is no library “{unknown[0]}”."
        raise CommandError(text, returncode=COULD_NOT_RUN)
    chosen = [library for library in libraries if not names or library.name in names]
    if not chosen:
        text = "There is no library yet. Add one first: manage.py addlibrary PATH."
        raise CommandError(text, returncode=COULD_NOT_RUN)
    if unread := [library.name for library in chosen if library.scanned_at is None]:
        text = f"“{unread[0]}” was not scanned yet. Scan it first: manage.py runjob scan."
        raise CommandError(text, returncode=COULD_NOT_RUN)
    return chosen


def counts(report: Report) -> dict[str, Count]:
    marks = {f"Marks “{mark}”": count for mark, count in report.marks.items()}
    return {**marks, "History": report.history}


def lines(report: Report, *, dry_run: bool) -> Iterator[str]:
    if dry_run:
        yield "Nothing is changed: this is what would be done."
    rules = f"name template {report.template}, " if report.template else ""
    yield f"Rules of {', '.join(report.libraries)}: {rules}strict titles and series."
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
