"""What becomes of `manage.py serve` when one of its processes is killed."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.listening import Listener, ended
from tests.serving import Site, kill, launch, make_data_folder, serving, site_of, stop
from tests.waiting import until


def count(site: Site, items: int, pause_ms: int = 5) -> str:
    options = {"count": items, "pause_ms": pause_ms}
    return str(site.submit("count", options=options)["job_id"])


def wait_for(site: Site, job: str, items: int) -> None:
    until(lambda: site.job(job)["progress"]["processed"] >= items, "some items")


def assert_whole(site: Site, job: str, total: int) -> None:
    until(lambda: site.job(job)["status"] == "completed", "the end")
    items = site.items(job)
    assert [item["n"] for item in items] == list(range(1, total + 1))
    assert sorted(item["position"] for item in items) == list(range(1, total + 1))
    assert {item["outcome"] for item in items} == {"changed"}


def processes_of(folder: Path) -> list[int]:
    """Those that have a file of the folder open."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            files = [str(fd.readlink()) for fd in (process / "fd").iterdir()]
        except OSError:
            continue
        if any(file.startswith(f"{folder}/") for file in files):
            found.append(int(process.name))
    return found


def test_a_killed_worker_is_begun_anew_and_the_open_stream_hears_of_the_rest(
    tmp_path: Path,
) -> None:
    data = make_data_folder(tmp_path / "data", WORKERS="2")
    with serving(data) as site:
        listener = Listener(site, stop_when=ended).wait_open()
        job = count(site, 300)
        wait_for(site, job, 20)
        worker, web = site.piece("worker"), site.piece("web")
        os.kill(worker, signal.SIGKILL)
        assert_whole(site, job, 300)
        updates = listener.wait().updates(job)
        numbers = [update["progress"]["processed"] for update in updates]
        assert numbers == sorted(numbers)
        assert (updates[-1]["status"], numbers[-1]) == ("completed", 300)
        # What was recorded just before the kill comes as a newest state; all else item by item.
        assert sum("item" in update for update in updates) > 200
        assert site.piece("worker") != worker
        assert site.piece("web") == web
    assert "worker is gone signal=SIGKILL, a new one begins" in data.log.read_text()


def test_a_killed_web_server_is_begun_anew_at_the_same_address(tmp_path: Path) -> None:
    with serving(make_data_folder(tmp_path / "data", WORKERS="2")) as site:
        job = count(site, 200)
        wait_for(site, job, 20)
        worker = site.piece("worker")
        os.kill(site.piece("web"), signal.SIGKILL)
        listener = Listener(site, f"?job={job}", stop_when=ended).wait_open()
        assert listener.wait().updates(job)[-1]["progress"]["processed"] == 200
        assert_whole(site, job, 200)
        assert site.piece("worker") == worker


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_goes_on_at_once(
    tmp_path: Path,
) -> None:
    data = make_data_folder(tmp_path / "data", WORKERS="2")
    first = site_of(launch(data, "serve", "--port", "0"), data)
    job = count(first, 200)
    wait_for(first, job, 20)
    port = first.address.rpartition(":")[2]
    kill(first.process)
    second = launch(data, "serve", "--port", port)  # at once: it waits for what is still dying
    try:
        assert_whole(site_of(second, data), job, 200)
        assert first.process.stdout is not None
        first.process.stdout.close()
    finally:
        stop(second)
    until(lambda: not processes_of(data.path), "the end of all processes")


_COUNT_LEFT = (
    "from jobs.models import JobItem, WorkerNode;"
    "print(WorkerNode.objects.count(), JobItem.objects.leased().count())"
)
"""What a worker leaves that did not come to the end of its stop."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_of_its_processes_ends_it_well(tmp_path: Path, number: int) -> None:
    """As Ctrl-C in a terminal, or systemd without KillMode=mixed."""
    data = make_data_folder(tmp_path / "data", WORKERS="2")
    site = site_of(launch(data, "serve", "--port", "0"), data)
    try:
        listener = Listener(site).wait_open()
        wait_for(site, count(site, 5000), 20)
        begun = time.monotonic()
        for pid in (site.process.pid, site.piece("web"), site.piece("worker")):
            os.kill(pid, number)
        assert site.process.wait(20) == 0
        assert time.monotonic() - begun < 10
        listener.wait()
    finally:
        stop(site.process)
    assert data.manage("shell", "-v", "0", "-c", _COUNT_LEFT).stdout.split() == ["0", "0"]
    assert "Traceback" not in data.log.read_text()
    assert "is gone" not in data.log.read_text()
    assert not processes_of(data.path)


def test_without_a_worker_there_is_none(tmp_path: Path) -> None:
    with serving(make_data_folder(tmp_path / "data"), "--no-worker") as site:
        pid = site.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        assert children == [str(site.piece("web"))]
