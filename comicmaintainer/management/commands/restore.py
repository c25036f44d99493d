from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from comicmaintainer.backups.archive import BackupError
from comicmaintainer.backups.restoring import restore
from jobs.command_line import CODES, CommandError, TellingCommand
from jobs.locking import Locked, data_folder_lock


class Command(TellingCommand):
    help = "Puts a backup into the data folder, which has no database yet. Then run migrate."
    epilog = CODES
    # They would open the database that is not there yet.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="what `manage.py backup` has written")
        self.add_output(parser)

    def handle(self, *, file: Path, as_json: bool, is_quiet: bool, **options: Any) -> None:
        self.as_json, self.is_quiet = as_json, is_quiet
        try:
            with data_folder_lock():
                manifest = restore(file)
        except (BackupError, Locked) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{file} cannot be restored: {error.strerror or error}.") from error
        words = f"Restored: as of {manifest['made_at'][:19]} UTC. Run migrate next, then scan."
        self.tell(manifest, words)
