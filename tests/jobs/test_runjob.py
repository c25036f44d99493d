"""`manage.py runjob`: what it prints and how it exits."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from jobs.models import Job
from tests.library.comics import make_comic
from tests.serving import ROOT, DataFolder, make_data_folder, serving

LIMIT_SECONDS = 30


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return make_data_folder(tmp_path / "data", WORKERS="2")


@contextmanager
def running(data: DataFolder, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-u", "manage.py", "runjob", *arguments],
        cwd=ROOT,
        env=data.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@dataclass
class Ran:
    code: int
    output: str
    error: str


Command = Callable[..., Ran]


@pytest.fixture
def command(transactional_db: None, capsys: pytest.CaptureFixture[str]) -> Command:
    """`manage.py` in this process, where what counts is what it does and says."""

    def run(*arguments: str) -> Ran:
        code, refusal = 0, ""
        try:
            call_command(*arguments)
        except SystemExit as exit:
            code = int(exit.code or 0)
        except CommandError as refused:
            code, refusal = refused.returncode, str(refused)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err + refusal)

    return run


def test_a_job_that_goes_well_exits_with_0(data: DataFolder) -> None:
    done = data.manage("runjob", "count", "--set", "count=30")
    lines = done.stdout.splitlines()
    assert len(lines) == 31
    assert "changed: folder/item 7: counted 7" in lines
    assert lines[-1] == "Finished: 30 of 30 (30 changed)"


def test_what_a_job_did_is_undone_on_the_command_line(command: Command, tmp_path: Path) -> None:
    comic = make_comic(tmp_path / "comics/Ash/Ash 1.cbz")
    command("addlibrary", str(tmp_path / "comics"))
    command("runjob", "scan")
    job = json.loads(command("runjob", "trash", "--json").output)
    assert not comic.exists()
    done = command("runjob", "undo", "--job", job["job_id"])
    assert done.output.splitlines()[-1] == "Finished: 1 of 1 (1 changed)"
    assert comic.exists()
    for wrong in (["--job", "nonsense"], ["--job", job["job_id"], "--path", "*"], []):
        assert command("runjob", "undo", *wrong).code == 2


def test_failed_items_exit_with_1_and_the_json_says_which_job(command: Command) -> None:
    done = command("runjob", "count", "--set", "broken=1", "--dry-run", "--json")
    job = json.loads(done.output)
    assert done.code == 1
    assert (job["status"], job["dry_run"], job["progress"]["errors"]) == ("completed", True, 1)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["dance"], "There is no operation"),
        (["count", "--set", "speed=1"], "has no option “speed”; it has: "),
        (["count", "--set", "count"], "--set count=value"),
        (["count", "--set", "count=many"], "count:"),
        (["process", "--set", "strict=maybe"], "strict: Write true or false"),
        (["convert", "--set", "original=burn"], "Allowed: trash, keep."),
        (["process"], "No comic matches"),
        (["process", "--library", "nowhere"], "There is no library"),
        (["scan", "--path", "*"], "takes no --path"),
        (["scan", "--library", "nowhere"], "There is no library “nowhere”"),
    ],
)
@pytest.mark.django_db
def test_what_cannot_run_is_refused_with_2_and_the_reason(
    arguments: list[str], reason: str
) -> None:
    with pytest.raises(CommandError, match=reason) as refused:
        call_command("runjob", *arguments)
    assert refused.value.returncode == 2
    assert not Job.objects.exists()


def test_a_refusal_is_no_traceback(data: DataFolder) -> None:
    done = data.manage("runjob", "dance", check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("CommandError: There is no operation “dance”.")


def test_a_job_that_cannot_go_on_exits_with_2(command: Command, tmp_path: Path) -> None:
    (tmp_path / "comics").mkdir()
    command("addlibrary", str(tmp_path / "comics"))
    (tmp_path / "comics").rmdir()
    done = command("runjob", "scan")
    assert done.code == 2
    assert "cannot be read" in done.error


def test_library_and_path_choose_the_comics(command: Command, tmp_path: Path) -> None:
    for name in ("Ash/Ash 1.cbz", "Ember/Ember 1.cbz"):
        make_comic(tmp_path / "comics" / name)
    command("addlibrary", str(tmp_path / "comics"), "--name", "Comics")
    command("runjob", "scan", "--library", "Comics")
    chosen = ["--library", "Comics", "--path", "Ash/*", "--dry-run"]
    shown = command("runjob", "process", *chosen).output
    assert [line.partition(": ")[2] for line in shown.splitlines()[:-1]]
    assert "Ash 1.cbz" in shown
    assert "Ember" not in shown


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_cancels_after_the_items_in_work(
    data: DataFolder, number: signal.Signals, code: int
) -> None:
    options = ["--set", "count=500", "--set", "pause_ms=50"]
    with running(data, "count", *options) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        lines = process.stdout.read().splitlines()
        assert process.wait(LIMIT_SECONDS) == code
    assert lines[-1].startswith("Cancelled: ")
    assert len(lines) < 100


def test_where_a_server_works_the_job_is_left_to_it_and_followed(data: DataFolder) -> None:
    with serving(data) as site:
        done = data.manage("runjob", "count", "--set", "count=50", "--json")
        job = json.loads(done.stdout)
        assert site.job(job["job_id"])["progress"]["processed"] == 50
        options = ["--set", "count=500", "--set", "pause_ms=50"]
        with running(data, "count", *options) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(LIMIT_SECONDS) == 130
        with site.client() as client:
            statuses = [shown["status"] for shown in client.get("/api/jobs/").json()["results"]]
    assert statuses == ["cancelled", "completed"]


def test_on_a_terminal_there_is_a_bar_and_a_line_for_what_failed(data: DataFolder) -> None:
    ours, its = pty.openpty()
    command = ["runjob", "count", "--set", "count=20", "--set", "broken=1", "--set", "pause_ms=30"]
    process = subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={**data.environment, "TERM": "xterm", "COLUMNS": "100"},
        stdout=its,
    )
    os.close(its)
    shown = read_all(ours)
    assert process.wait(LIMIT_SECONDS) == 1
    assert "20/20" in shown
    assert "failed: folder/item 1: Number 1 is broken." in shown
    assert "changed: folder" not in shown
    assert "Finished: 20 of 20 (19 changed, 1 failed)" in shown


def read_all(terminal: int) -> str:
    """Until the program at its other end has closed it."""
    deadline, parts = time.monotonic() + LIMIT_SECONDS, []
    while time.monotonic() < deadline:
        try:
            parts.append(os.read(terminal, 65536))
        except OSError:
            break
    return b"".join(parts).decode(errors="replace")
