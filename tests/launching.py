"""`manage.py` as a child of the tests: a process of its own in all but how it begins
(tests/forker.py)."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from tests.forker import NUMBER

ROOT = Path(__file__).resolve().parent.parent


@cache
def _forker() -> socket.socket:
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.forker", str(its.fileno())]
    with its:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=[its.fileno()]
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


class Process:
    """As much of `subprocess.Popen` as the tests need."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        given: IO[str] | None = None,
        output: IO[str] | None = None,
        errors: IO[str],
    ) -> None:
        """`stdout` is a pipe where there is no `output`."""
        self.returncode: int | None = None
        self.stdout: IO[str] | None = None
        told, its_end = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        ending = [its_end, nothing]
        if output is None:
            reading, writing = os.pipe()
            self.stdout = os.fdopen(reading)
            ending.append(writing)
        else:
            writing = output.fileno()
        files = [given.fileno() if given else nothing, writing, errors.fileno(), its_end]
        message = json.dumps([arguments, dict(environment)]).encode()
        socket.send_fds(_forker(), [message], files)
        for file in ending:
            os.close(file)
        self._told = told
        self.pid = self._read()

    def poll(self) -> int | None:
        if self.returncode is None and wait([self._told], 0):
            self.returncode = self._read()
            os.close(self._told)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            wait([self._told], timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def _read(self) -> int:
        number: int = NUMBER.unpack(os.read(self._told, NUMBER.size))[0]
        return number

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


Begun = Process | subprocess.Popen[str]
"""Forked, or by itself."""


def run(
    arguments: Sequence[str], environment: Mapping[str, str], *, given: str, timeout_seconds: float
) -> "subprocess.CompletedProcess[str]":
    """To its end. Raises TimeoutExpired."""
    with (
        TemporaryFile("w+") as given_file,
        TemporaryFile("w+") as output,
        TemporaryFile("w+") as errors,
    ):
        given_file.write(given)
        given_file.seek(0)
        process = Process(arguments, environment, given=given_file, output=output, errors=errors)
        try:
            code = process.wait(timeout_seconds)
        finally:
            process.kill()
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(
            ["manage.py", *arguments], code, output.read(), errors.read()
        )
