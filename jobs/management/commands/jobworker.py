from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from jobs.checks import AT_START
from jobs.command_line import CommandError
from jobs.locking import Locked, worker_lock
from jobs.migrated import check_migrated
from jobs.worker import work


class Command(BaseCommand):
    help = "Works on jobs, without a web server, until it is stopped."
    requires_system_checks = AT_START

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workers", type=int, default=settings.WORKERS, metavar="N")

    def handle(self, *, workers: int, **options: Any) -> None:
        check_migrated()

        def greet() -> None:
            self.stdout.write(f"Working on jobs with {workers} workers. Stop with Ctrl-C.")
            self.stdout.flush()

        try:
            with worker_lock():
                work(workers, greet)
        except Locked as error:
            raise CommandError(str(error)) from error
