from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs.locking import Locked, worker_lock
from library.recovering import recover_all


class Command(BaseCommand):
    help = "Finishes or takes back changes that were interrupted, as every start of a worker does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what it would do")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        try:
            # A running worker's changes are open too, and are its own.
            with worker_lock():
                found = self._report(dry_run)
        except Locked as error:
            raise CommandError(str(error)) from error
        if not found:
            self.stdout.write("Nothing was interrupted.")

    def _report(self, dry_run: bool) -> int:
        found = 0
        for recovered in recover_all(dry_run=dry_run):
            found += 1
            self.stdout.write(f"{'would be: ' if dry_run else ''}{recovered}")
        return found
