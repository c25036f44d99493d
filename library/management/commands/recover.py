from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from jobs.locking import without_workers
from library.models import Change
from library.recovering import recover_all

_IN_WORK = "Nothing was interrupted, as far as is known: a worker has the changes that are open."


class Command(BaseCommand):
    help = "Finishes or takes back changes that were interrupted, as every start of a worker does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what it would do")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        with without_workers() as nobody_works:
            found = list(recover_all(dry_run=dry_run, nobody_works=nobody_works))
            in_work = Change.objects.open().exists()
        for recovered in found:
            self.stdout.write(f"{'would be: ' if dry_run else ''}{recovered}")
        if not found:
            self.stdout.write(_IN_WORK if in_work else "Nothing was interrupted.")
