import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from jobs.command_line import CommandError
from jobs.locking import Locked, worker_lock
from jobs.migrated import check_migrated
from jobs.worker import Worker


class Command(BaseCommand):
    help = "Works on jobs, without a web server, until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workers", type=int, default=settings.WORKERS, metavar="N")

    def handle(self, *, workers: int, **options: Any) -> None:
        check_migrated()
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        try:
            with worker_lock():
                self._work(workers, stop)
        except Locked as error:
            raise CommandError(str(error)) from error

    def _work(self, workers: int, stop: threading.Event) -> None:
        worker = Worker(threads=workers)
        worker.start()
        self.stdout.write(f"Working on jobs with {workers} workers. Stop with Ctrl-C.")
        self.stdout.flush()
        stop.wait()
        worker.stop()
