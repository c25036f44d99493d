"""`manage.py serve` is stopped and started again."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import httpx
import pytest

from tests.library.comics import make_comic
from tests.listening import Listener
from tests.serving import make_data_folder, pieces, serving
from tests.waiting import until


@pytest.fixture
def temporary() -> Iterator[Path]:
    """With a short path: that of a socket has its limit."""
    with TemporaryDirectory() as path:
        yield Path(path)


def test_stopped_in_the_middle_of_a_job_it_goes_on_at_the_next_start(
    tmp_path: Path, temporary: Path
) -> None:
    data = make_data_folder(tmp_path / "data", WORKERS="2", TMPDIR=str(temporary))
    with serving(data) as first:
        job = str(first.submit("count", options={"count": 100, "pause_ms": 20})["job_id"])
        listeners = [Listener(first).wait_open() for _ in range(5)]
        until(lambda: first.job(job)["progress"]["processed"] >= 10, "some items")
        assert [*temporary.iterdir()]
        assert first.terminate() == 0
        assert not [*temporary.iterdir()]
        for listener in listeners:
            listener.wait()
    with serving(data) as second:
        until(lambda: second.job(job)["status"] == "completed", "the end")
        with second.client() as client:
            items = client.get(f"/api/jobs/{job}/items/?page_size=200").json()["results"]
        assert sorted(item["position"] for item in items) == list(range(1, 101))
        assert [item["n"] for item in items] == list(range(1, 101))


def test_an_item_that_takes_too_long_is_given_back_at_the_stop(tmp_path: Path) -> None:
    data = make_data_folder(tmp_path / "data", WORKERS="1")
    with serving(data) as site:
        job = str(site.submit("count", options={"count": 20, "pause_ms": 60_000})["job_id"])
        until(lambda: site.job(job)["status"] == "processing", "the start")
        begun = time.monotonic()
        assert site.terminate() == 0
        assert 4 < time.monotonic() - begun < 15
    again = data.manage("shell", "-v", "0", "-c", _COUNT_PENDING)
    assert again.stdout.split() == ["20", "0"]


_COUNT_PENDING = (
    "from jobs.models import JobItem;"
    "print(JobItem.objects.pending().count(), JobItem.objects.filter(attempts__gt=0).count())"
)


def test_requests_on_their_way_do_not_keep_it(tmp_path: Path) -> None:
    comics = tmp_path / "comics"
    for number in range(12):
        make_comic(comics / f"{number}.cbz")
    with serving(make_data_folder(tmp_path / "data", COMICS=str(comics))) as site:
        with site.client() as client:

            def count() -> int:
                return int(client.get("/api/comics/").json()["count"])

            until(lambda: count() == 12, "the scan")
            ids = [comic["id"] for comic in client.get("/api/comics/").json()["results"]]

        def ask(comic: int) -> None:
            with suppress(httpx.HTTPError), site.client() as client:
                client.get(f"/api/comics/{comic}/cover")

        asking = [Thread(target=ask, args=(comic,)) for comic in ids]
        with no_new_children(site.process.pid):
            for thread in asking:
                thread.start()
            time.sleep(0.3)
            assert all(thread.is_alive() for thread in asking)
            assert site.terminate() == 0
        for thread in asking:
            thread.join()


@contextmanager
def no_new_children(server: int) -> Iterator[None]:
    """What forks them is held up."""
    forking = [each for each in descendants(server) if b"forkserver" in command(each)]
    assert forking
    for each in forking:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in forking:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGCONT)


def descendants(process: int) -> list[int]:
    lists = [file.read_text() for file in Path(f"/proc/{process}/task").glob("*/children")]
    children = [int(child) for child in " ".join(lists).split()]
    return children + [each for child in children for each in descendants(child)]


def command(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()


def test_a_second_server_on_the_same_data_folder_is_refused(tmp_path: Path) -> None:
    data = make_data_folder(tmp_path / "data")
    with serving(data):
        refused = data.manage("serve", "--port", "0", check=False)
        assert refused.returncode == 2
        assert "Another server already runs on the data folder" in refused.stderr


def test_a_port_in_use_is_a_clear_error(tmp_path: Path) -> None:
    first = make_data_folder(tmp_path / "first")
    second = make_data_folder(tmp_path / "second")
    with serving(first) as site:
        port = site.address.rpartition(":")[2]
        refused = second.manage("serve", "--port", port, check=False)
        assert refused.returncode == 2
        assert f"127.0.0.1:{port} cannot be listened on" in refused.stderr


def test_a_port_that_is_none_is_a_clear_error(tmp_path: Path) -> None:
    refused = make_data_folder(tmp_path / "data").manage("serve", "--port", "70000", check=False)
    assert refused.returncode == 2
    assert "give a number from 0 to 65535" in refused.stderr


def test_nobody_is_let_wait_while_it_stops(tmp_path: Path) -> None:
    with serving(make_data_folder(tmp_path / "data", WORKERS="1")) as site:
        site.submit("count", options={"count": 20, "pause_ms": 60_000})
        port = int(site.address.rpartition(":")[2])
        until(
            lambda: site.client().get("/api/jobs/?status=processing").json()["count"], "the start"
        )
        site.process.send_signal(signal.SIGTERM)
        until(lambda: "web" not in pieces(site.process.pid), "the end of the web server")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 5)
        assert site.process.wait(20) == 0


def test_sample_comics_are_made_and_the_supervisor_keeps_nothing_open(tmp_path: Path) -> None:
    with serving(make_data_folder(tmp_path / "data"), "--sample") as site:
        with site.client() as client:
            until(lambda: client.get("/api/comics/").json()["count"], "the sample comics")
        process = Path(f"/proc/{site.process.pid}")
        files = [str(file.readlink()) for file in (process / "fd").iterdir()]
        assert not [file for file in files if "sqlite3" in file]
        assert len(list((process / "task").iterdir())) == 1
