from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from library.recovering import recover_all


class Command(BaseCommand):
    help = "Finishes or takes back changes that were interrupted, as every start of a worker does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what it would do")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        found = 0
        for recovered in recover_all(dry_run=dry_run):
            found += 1
            self.stdout.write(f"{'would be: ' if dry_run else ''}{recovered}")
        if not found:
            self.stdout.write("Nothing was interrupted.")
