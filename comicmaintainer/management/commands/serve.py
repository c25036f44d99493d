import os
import threading
from argparse import ArgumentParser
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from comicmaintainer import first_run, health
from jobs.command_line import CommandError
from jobs.locking import Locked, server_lock, worker_lock
from jobs.migrated import check_migrated
from jobs.worker import Worker
from library.registering import register_samples

EXIT_SECONDS = 2
"""What is left of requests gets at the end, when all else is in order."""


class Command(BaseCommand):
    help = "Runs the web server and, unless told otherwise, a worker in the same process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="0 for any free one")
        parser.add_argument("--workers", type=int, default=settings.WORKERS, metavar="N")
        parser.add_argument("--no-worker", action="store_true", help="jobworker does the work")
        parser.add_argument(
            "--sample", action="store_true", help="with no library yet, make one to try things on"
        )

    def handle(
        self,
        *,
        host: str,
        port: int,
        workers: int,
        no_worker: bool,
        sample: bool,
        **options: Any,
    ) -> None:
        check_migrated()
        try:
            with ExitStack() as locks:
                locks.enter_context(server_lock())
                if sample:
                    register_samples()
                if not no_worker:
                    locks.enter_context(worker_lock())
                self._serve(host, port, None if no_worker else Worker(threads=workers))
        except Locked as error:
            raise CommandError(str(error)) from error
        # A request that was on its way waits in its thread for the loop, which has ended, and the
        # interpreter would wait for the thread.
        end = threading.Timer(EXIT_SECONDS, os._exit, [0])
        end.daemon = True
        end.start()

    def _serve(self, host: str, port: int, worker: Worker | None) -> None:
        # Not before here: importing daphne's server installs Twisted's reactor.
        from channels.routing import get_default_application

        from comicmaintainer.server import serve

        def begin(port: int) -> None:
            self._greet(host, port)
            if worker is not None:
                # In a thread: the first page need not wait for the worker.
                starting.start()

        starting = threading.Thread(target=lambda: worker and worker.start(), name="worker-start")
        health.has_own_worker = worker is not None
        stop = worker.begin_stop if worker is not None else lambda: None
        listened = serve(
            get_default_application(), host=host, port=port, on_ready=begin, on_stop=stop
        )
        if not listened:
            raise CommandError(f"{host}:{port} cannot be listened on. Is another program there?")
        if worker is not None:
            starting.join()
            worker.stop()

    def _greet(self, host: str, port: int) -> None:
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # shown, not bound # nosec B104
        address = f"http://{shown}:{port}"
        self.stdout.write(
            f"ComicMaintainer runs at {address}{settings.BASE_PATH}/ (stop it with Ctrl-C)"
        )
        if not first_run.is_done():
            url = f"{address}{reverse('welcome')}#token={first_run.token()}"
            self.stdout.write(f"Make your account here, once:\n\n    {url}\n")
        self.stdout.flush()
