"""A process that forks every `manage.py` of the tests: it has imported already what takes long.

What is forked goes on as `python manage.py` would: nothing that reads the settings or the
environment is imported before, and no thread is begun. It dies with this process, which ends when
the tests do.
"""

import ctypes
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import struct
import sys
import threading
from importlib import import_module
from typing import NamedTuple

MODULES = """
PIL.Image asgiref.sync autobahn.twisted.websocket channels.auth channels.routing
daphne.http_protocol daphne.ws_protocol dj_database_url
django.contrib.admin django.contrib.messages.storage.fallback django.contrib.postgres.fields
django.contrib.sessions.backends.db django.core.handlers.asgi
django.core.management.commands.migrate django.db.backends.postgresql.psycopg_any
django.db.models django.middleware.clickjacking django.middleware.common django.middleware.csrf
django.middleware.security django.views.generic django_filters django_stubs_ext
drf_spectacular.utils gripcontrol huey.api huey.consumer jobs.child
library.archives.rebuilding library.work.edit_tags library.work.find_duplicates
library.work.process library.work.scan library.work.verify
multiprocessing.popen_forkserver prometheus_client redis redis.asyncio rest_framework.serializers
rich.progress servestatic.middleware twisted.internet.endpoints twisted.web.http watchfiles
"""
PR_SET_PDEATHSIG = 1
MOST_BYTES = 1 << 18
NUMBER = struct.Struct("q")
"""What is told of a process: its number, then its exit code."""


class Launch(NamedTuple):
    """`manage.py` to be, with its standard streams, and the pipe for what is told of it."""

    arguments: list[str]
    environment: dict[str, str]
    streams: list[int]
    told: int


class Forker:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._running: dict[int, tuple[int, int]] = {}
        """By the descriptor that tells of its end: a process's number, and its pipe."""

    def launches(self) -> Launch | None:
        """Returns in each process that is forked; None here, at the end of the tests."""
        while True:
            for key, _ in self._selector.select():
                if key.fd in self._running:
                    self._bury(key.fd)
                elif (launch := self._received()) is None:
                    return None
                elif self._fork(launch) == 0:
                    return launch

    def _received(self) -> Launch | None:
        message, files, _, _ = socket.recv_fds(self._control, MOST_BYTES, 4)
        if not message:
            return None
        arguments, environment = json.loads(message)
        return Launch(arguments, environment, files[:3], files[3])

    def _fork(self, launch: Launch) -> int:
        parent = os.getpid()
        if not (child := os.fork()):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)
            self._control.close()
            self._selector.close()
            return 0
        os.write(launch.told, NUMBER.pack(child))
        end = os.pidfd_open(child)
        self._running[end] = (child, launch.told)
        self._selector.register(end, selectors.EVENT_READ)
        for file in launch.streams:
            os.close(file)
        return child

    def _bury(self, end: int) -> None:
        child, told = self._running.pop(end)
        self._selector.unregister(end)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(told, NUMBER.pack(code))
        os.close(told)
        os.close(end)


def become(launch: Launch) -> None:
    for number, file in enumerate(launch.streams):
        os.dup2(file, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(launch.environment)
    sys.argv = ["manage.py", *launch.arguments]
    runpy.run_path("manage.py", run_name="__main__")


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    for module in MODULES.split():
        import_module(module)
    unwanted = {"twisted.internet.reactor", "jobs.models", "comicmaintainer.settings"}
    assert not unwanted & {*sys.modules}
    assert threading.active_count() == 1
    gc.freeze()
    if launch := Forker(control).launches():
        signal.signal(signal.SIGINT, interrupt)
        become(launch)


if __name__ == "__main__":
    main()
