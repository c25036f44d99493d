"""The supervisor, with processes that do next to nothing."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.serving import ROOT
from tests.waiting import until

START = """
import os, queue, signal, sys, time
from comicmaintainer import supervisor
from comicmaintainer.supervisor import Piece, supervise

def note(text):
    with open(FILE, "a") as file:
        file.write(text + "\\n")

def wait():
    told = queue.SimpleQueue()
    signal.signal(signal.SIGTERM, lambda *_: told.put(None))
    note("waits")
    told.get()
    note("stopped")
    return 0

def die():
    note("dies")
    os.kill(os.getpid(), signal.SIGKILL)

def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note("waits")
    time.sleep(100)
"""


class Run:
    """`supervise` in a process of its own; what its pieces noted."""

    def __init__(self, folder: Path, script: str) -> None:
        self.file = folder / "notes"
        self.file.touch()
        code = f"FILE = {str(self.file)!r}\n{START}\n{script}"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )

    @property
    def notes(self) -> list[str]:
        return self.file.read_text().split()

    def end(self) -> tuple[int, str]:
        """Its exit code, and its errors."""
        errors = self.process.communicate(timeout=30)[1]
        return self.process.returncode, errors


def test_one_that_ends_by_itself_ends_the_others_and_its_code_is_that_of_all(
    tmp_path: Path,
) -> None:
    script = (
        "def wait_for_other():\n"
        "    while not os.path.getsize(FILE): time.sleep(0.01)\n"
        "    return 7\n"
        "sys.exit(supervise([Piece('a', wait), Piece('b', wait_for_other)]))"
    )
    run = Run(tmp_path, script)
    code, errors = run.end()
    assert (code, "b ended by itself code=7" in errors) == (7, True)
    assert run.notes == ["waits", "stopped"]


def test_one_that_ends_though_nobody_asked_is_a_failure(tmp_path: Path) -> None:
    run = Run(tmp_path, "sys.exit(supervise([Piece('a', lambda: 0)]))")
    assert run.end()[0] == 1


def test_where_there_is_no_room_for_a_process_the_others_go_on(tmp_path: Path) -> None:
    script = (
        "fork, calls = os.fork, []\n"
        "def forking():\n"
        "    calls.append(None)\n"
        "    if 3 <= len(calls) <= 4: raise BlockingIOError('no room')\n"
        "    return fork()\n"
        "os.fork = forking\n"
        "def die_at_first():\n"
        "    return die() if len(calls) == 2 else wait()\n"
        "sys.exit(supervise([Piece('a', wait), Piece('b', die_at_first)]))"
    )
    run = Run(tmp_path, script)
    until(lambda: run.notes.count("waits") == 2, "both")
    run.process.send_signal(signal.SIGTERM)
    code, errors = run.end()
    assert (code, errors.count("b cannot begin")) == (0, 2)
    assert run.notes.count("stopped") == 2


def test_it_hears_of_ends_also_where_its_parent_ignores_them(tmp_path: Path) -> None:
    script = (
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "sys.exit(supervise([Piece('a', lambda: 7)]))"
    )
    assert Run(tmp_path, script).end()[0] == 7


def test_threads_are_refused(tmp_path: Path) -> None:
    script = (
        "import threading\n"
        "threading.Thread(target=time.sleep, args=[60], name='lazy', daemon=True).start()\n"
        "supervise([Piece('a', wait)])"
    )
    code, errors = Run(tmp_path, script).end()
    assert (code, "'lazy'" in errors) == (1, True)


def test_an_error_ends_all_with_1(tmp_path: Path) -> None:
    run = Run(tmp_path, "sys.exit(supervise([Piece('a', lambda: 1 / 0)]))")
    code, errors = run.end()
    assert code == 1
    assert errors.count("ZeroDivisionError") == 1


def test_one_that_is_killed_again_and_again_is_begun_at_longer_and_longer_intervals(
    tmp_path: Path,
) -> None:
    run = Run(tmp_path, "sys.exit(supervise([Piece('a', die), Piece('b', wait)]))")
    begun = time.monotonic()
    until(lambda: run.notes.count("dies") == 4, "three new beginnings")
    assert time.monotonic() - begun > 0.1 + 0.2 + 0.4
    run.process.send_signal(signal.SIGTERM)
    code, errors = run.end()
    assert code == 0
    assert "a is gone signal=SIGKILL, a new one begins" in errors
    assert run.notes.count("waits") == run.notes.count("stopped") == 1


def test_one_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    script = "supervisor.STOP_SECONDS = 0.2\nsys.exit(supervise([Piece('a', deaf)]))"
    run = Run(tmp_path, script)
    until(lambda: run.notes == ["waits"], "its beginning")
    run.process.send_signal(signal.SIGTERM)
    code, errors = run.end()
    assert (code, "killed: a" in errors) == (1, True)


def test_orphans_that_come_to_it_are_buried(tmp_path: Path) -> None:
    """As they come to the first process of a container."""
    script = (
        "import ctypes\n"
        "ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER\n"
        "def leave_an_orphan():\n"
        "    if not os.fork():\n"
        "        if not (pid := os.fork()):\n"
        "            time.sleep(0.1)\n"
        "            os._exit(0)\n"
        "        note(str(pid))\n"
        "        os._exit(0)\n"
        "    os.wait()\n"
        "    return wait()\n"
        "sys.exit(supervise([Piece('a', leave_an_orphan)]))"
    )
    run = Run(tmp_path, script)
    until(lambda: "waits" in run.notes, "its beginning")
    orphan = Path("/proc", run.notes[0])
    until(lambda: not orphan.exists(), "its end")
    run.process.send_signal(signal.SIGINT)
    assert run.end() == (0, "")
