from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.template.defaultfilters import filesizeformat

from comicmaintainer.backups.archive import BackupError
from comicmaintainer.backups.making import back_up, keep_newest
from jobs.command_line import CODES, CommandError, TellingCommand, refusals


class Command(TellingCommand):
    help = (
        "Writes the database and the secret key into one file, while all goes on. Comics, and what "
        "lies in the libraries' trash, are not in it."
    )
    epilog = CODES

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", type=Path, help="a new file, or a folder for it")
        parser.add_argument(
            "--keep", type=int, metavar="N", help="delete all but the N newest in that folder"
        )
        self.add_output(parser)

    def handle(
        self, *, target: Path, keep: int | None, as_json: bool, is_quiet: bool, **options: Any
    ) -> None:
        self.as_json, self.is_quiet = as_json, is_quiet
        if keep is not None and (keep < 1 or not target.is_dir()):
            raise CommandError("--keep goes with a folder, and with a number from 1 up.")
        try:
            with refusals():
                made = back_up(target)
            gone = keep_newest(target, keep) if keep is not None else []
        except BackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror}.") from error
        size = made.file.stat().st_size
        told = {"file": str(made.file), "bytes": size, **made.manifest, "deleted": len(gone)}
        shown = filesizeformat(size).replace("\N{NO-BREAK SPACE}", " ")
        counts = ", ".join(f"{count} {name}" for name, count in made.manifest["counts"].items())
        self.tell(told, f"{made.file}: {shown} ({counts})")
