"""uvicorn in the place of daphne, with a worker beside it, as docs/deployment.md says."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.listening import Listener, ended
from tests.serving import ROOT, STOP_SECONDS, DataFolder, Site, make_data_folder, stop, working
from tests.waiting import until

COMMAND = [
    "uvicorn",
    "comicmaintainer.asgi:application",
    "--timeout-graceful-shutdown",
    "3",
    "--no-proxy-headers",
    "--lifespan",
    "off",
]


@contextmanager
def uvicorn(data: DataFolder) -> Iterator[Site]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with data.log.open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *COMMAND, "--port", str(port)],
            cwd=ROOT,
            env=data.environment,
            stdout=log,
            stderr=log,
            text=True,
        )
    site = Site(process, f"http://127.0.0.1:{port}", data)
    try:
        until(lambda: process.poll() is not None or answers(site), "uvicorn to listen")
        assert process.poll() is None, data.log.read_text()
        yield site
    finally:
        stop(process)


def answers(site: Site) -> bool:
    try:
        return httpx.get(f"{site.address}/health/live", timeout=5).is_success
    except httpx.TransportError:
        return False


def test_streams_are_live_and_a_stop_ends_them(tmp_path: Path) -> None:
    data = make_data_folder(tmp_path / "data", WORKERS="2")
    with working(data), uvicorn(data) as site:
        health = httpx.get(f"{site.address}/health")
        assert (health.status_code, health.json()["worker"]) == (200, "running")
        listeners = [Listener(site, stop_when=ended).wait_open() for _ in range(3)]
        job = str(site.submit("count", options={"count": 20})["job_id"])
        for listener in listeners:
            listener.wait()
            assert listener.updates(job)[-1]["progress"]["processed"] == 20
        still = [Listener(site).wait_open() for _ in range(3)]
        os.kill(site.process.pid, signal.SIGTERM)
        code = site.process.wait(STOP_SECONDS)
        for listener in still:
            listener.wait()
    assert code in (0, -signal.SIGTERM)
    assert "Traceback" not in data.log.read_text()


def test_the_document_says_just_this_command() -> None:
    assert " ".join(COMMAND) in (ROOT / "docs" / "deployment.md").read_text()
