from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.models import Sum

from jobs import removing

MOST_DAYS = 36_500


def days(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_DAYS:
        raise ArgumentTypeError(f"Give a whole number of days from 0 to {MOST_DAYS}.")
    return int(text)


class Command(BaseCommand):
    help = "Deletes jobs that ended long ago, as every worker does once an hour."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--older-than",
            type=days,
            metavar="DAYS",
            help="those that ended more than so many days ago (default: JOB_RETENTION_DAYS)",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")

    def handle(self, *, older_than: int | None, dry_run: bool, **options: Any) -> None:
        kept_days = settings.JOB_RETENTION_DAYS if older_than is None else older_than
        if older_than is None and not kept_days:
            self.stdout.write("Jobs are kept for ever (JOB_RETENTION_DAYS is 0).")
        elif dry_run:
            jobs = removing.ended_before(kept_days)
            items = jobs.aggregate(items=Sum("total", default=0))["items"]
            self.stdout.write(f"Would delete jobs: {jobs.count()} (items: {items})")
        else:
            removing.sweep()
            self.stdout.write(f"Deleted jobs: {removing.prune(kept_days)}")
