import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launching import ROOT, Process, run
from tests.serving import DataFolder, make_data_folder
from tests.waiting import until

FACTS = """
import json, os, resource, signal, sys, threading, __main__
from django.conf import settings
print(json.dumps({
    "argv": sys.argv[:2],
    "main": os.path.abspath(__main__.__file__),
    "path": sorted({*sys.path}),
    "environment": dict(os.environ),
    "folder": os.getcwd(),
    "group": os.getpgrp(),
    "session": os.getsid(0),
    "files": sorted(os.listdir("/proc/self/fd")),
    "signals": [str(signal.getsignal(n)) for n in signal.valid_signals()],
    "blocked": [*signal.pthread_sigmask(signal.SIG_BLOCK, [])],
    "limits": [resource.getrlimit(n) for n in range(10)],
    "nice": os.nice(0),
    "threads": threading.active_count(),
    "streams": [str(each) for each in (sys.stdin, sys.stdout, sys.stderr)],
    "data": str(settings.DATA_DIR),
    "given": sys.stdin.read(),
}))
"""
RANDOM = "import random, secrets, uuid; print(random.random(), secrets.token_hex(), uuid.uuid4())"
WAITING = """
import time
from tests.launching import Process
from tests.serving import DataFolder
from pathlib import Path
import sys
data = DataFolder(Path(sys.argv[1]), "")
code = "import time; time.sleep(600)"
print(Process(["shell", "-c", code], data.environment, errors=sys.stderr).pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return make_data_folder(tmp_path / "data", WORKERS="3")


def test_what_is_forked_is_as_if_it_were_begun_by_itself(data: DataFolder) -> None:
    arguments = ["shell", "-v", "0", "-c", FACTS]
    begun = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=data.environment,
        input="a line\n",
        capture_output=True,
        check=True,
        text=True,
    )
    forked = run(arguments, data.environment, given="a line\n", timeout_seconds=60)
    assert forked.stderr == begun.stderr == ""
    assert json.loads(forked.stdout) == json.loads(begun.stdout)


def test_no_two_have_the_same_chances(data: DataFolder) -> None:
    said = [data.manage("shell", "-v", "0", "-c", RANDOM).stdout.split() for _ in range(2)]
    assert not {*said[0]} & {*said[1]}


def test_the_end_is_told_as_of_any_child(data: DataFolder) -> None:
    assert data.manage("shell", "-c", "import sys; sys.exit(7)", check=False).returncode == 7
    failed = data.manage("shell", "-c", "1 / 0", check=False)
    assert failed.returncode == 1
    assert "ZeroDivisionError" in failed.stderr
    with pytest.raises(subprocess.CalledProcessError):
        data.manage("no-such-command")
    with data.log.open("w") as log:
        process = Process(["jobworker"], data.environment, errors=log)
        assert process.stdout is not None
        assert process.stdout.readline()
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
        process.kill()
        assert process.wait(20) == process.poll() == -signal.SIGKILL
        process.kill()  # no one's number any more
        process.stdout.close()


def test_it_dies_with_the_tests(data: DataFolder) -> None:
    command = [sys.executable, "-c", WAITING, str(data.path)]
    with subprocess.Popen(command, cwd=ROOT, env=data.environment, stdout=subprocess.PIPE) as tests:
        assert tests.stdout is not None
        process = int(tests.stdout.readline())
        os.kill(process, 0)
        tests.kill()
    until(lambda: not Path(f"/proc/{process}").exists(), "the end of the process")
