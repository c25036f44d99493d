import os
import socket
import sys
from argparse import ArgumentParser, ArgumentTypeError
from contextlib import ExitStack, suppress
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection, connections
from django.urls import reverse

from comicmaintainer import first_run, health
from comicmaintainer.supervisor import Piece, run_apart, supervise
from jobs import engine
from jobs.checks import AT_START
from jobs.command_line import CommandError
from jobs.link import Link
from jobs.locking import Locked, server_lock, worker_lock
from jobs.migrated import check_migrated
from jobs.worker import hold_signals, work
from library.registering import register_samples

LOCK_SECONDS = 3
"""What the processes of a server that was killed get to be gone."""
WAITING_CLIENTS = 128
"""So many connections wait for a web server that is busy, or begins anew."""
WORKER_NICE = 5
"""Pages come first, by the kernel's judgement; the worker's children come last of all."""


class Command(BaseCommand):
    help = "Runs the web server and, unless told otherwise, a worker beside it."
    requires_system_checks = AT_START

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=_port, default=8000, help="0 for any free one")
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
            with ExitStack() as held:
                held.enter_context(server_lock(patience=LOCK_SECONDS))
                if sample:
                    _make_samples()
                if not no_worker:
                    held.enter_context(worker_lock())
                listener = held.enter_context(_listen(host, port))
                code = self._supervise(host, listener, 0 if no_worker else workers)
        except Locked as error:
            raise CommandError(str(error)) from error
        if code:
            sys.exit(code)

    def _supervise(self, host: str, listener: socket.socket, workers: int) -> int:
        link = Link() if workers else None
        pieces = [Piece("web", lambda: self._be_web_server(host, listener, link))]
        if link is not None:
            pieces.append(Piece("worker", lambda: _be_worker(listener, link, workers)))
        connections.close_all()  # none may be used after a fork
        code = supervise(pieces, at_stop=listener.close)
        _tidy_up()
        return code

    def _be_web_server(self, host: str, listener: socket.socket, link: Link | None) -> int:
        self.check(tags=[Tags.urls])  # imports all pages, before the first is asked for
        # Not before here: importing daphne's server installs Twisted's reactor.
        from channels.routing import get_default_application

        from comicmaintainer.server import serve

        if link is not None:
            health.has_own_worker = True
            health.begun = monotonic()
            engine.wakers.append(link.wake)
        port = listener.getsockname()[1]
        serve(
            get_default_application(),
            listener=listener,
            link=link,
            on_ready=lambda: self._greet(host, port),
        )
        return 0

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


def _be_worker(listener: socket.socket, link: Link, workers: int) -> int:
    hold_signals()
    listener.close()
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, WORKER_NICE)
    link.serve_worker()
    work(workers)
    return 0


def _make_samples() -> None:
    """In a process of its own: to submit a job leaves connections open, and with Redis a thread."""
    connections.close_all()

    def make() -> int:
        register_samples()
        return 0

    if run_apart(Piece("samples", make)):
        raise CommandError("The sample library could not be made.")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) < 2**16):
        raise ArgumentTypeError(f"“{text}” is no port: give a number from 0 to 65535.")
    return int(text)


def _listen(host: str, port: int) -> socket.socket:
    """Before the processes: one that begins anew has the same port, and nobody is turned away."""
    is_v6 = ":" in host
    try:
        return socket.create_server(
            (host, port),
            family=socket.AF_INET6 if is_v6 else socket.AF_INET,
            backlog=WAITING_CLIENTS,
            dualstack_ipv6=is_v6 and socket.has_dualstack_ipv6(),
        )
    except OSError as error:
        text = f"{host}:{port} cannot be listened on. Is another program there?"
        raise CommandError(text) from error


def _tidy_up() -> None:
    """Of SQLite, the last connection that is closed leaves a single file."""
    if connection.vendor == "sqlite":
        with suppress(DatabaseError):
            connection.ensure_connection()
    connections.close_all()
