"""Kill -9 the worker and the server at random moments of jobs: nothing is lost or counted twice.

A few kills by default; 200 of each set-up with FAULT_ROUNDS (`make fault`).
"""

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

from tests import services
from tests.launching import Process
from tests.serving import (
    DataFolder,
    Site,
    kill,
    launch,
    make_data_folder,
    site_of,
    stop,
)
from tests.waiting import until

FULL = bool(os.environ.get("FAULT_ROUNDS"))
KILLS = int(os.environ.get("FAULT_KILLS", "200")) if FULL else 4
ITEMS = 1000 if FULL else 300
PAUSE_MS = 5
SEED = int(os.environ.get("FAULT_SEED", "7"))
START = ("serve", "--port", "0")


class Embedded:
    """The server with its worker, on SQLite; one of its processes is killed, or the supervisor."""

    def __init__(self, data: DataFolder) -> None:
        self._data = data
        self.start()

    def start(self) -> None:
        self.site = site_of(launch(self._data, *START, "--workers", "2"), self._data)

    def kill(self, chance: random.Random) -> None:
        victim = chance.choice(["worker", "web", "supervisor"])
        if victim == "supervisor":
            kill(self.site.process)
            self.start()
        else:
            os.kill(self.site.piece(victim), signal.SIGKILL)

    def stop(self) -> None:
        stop(self.site.process)


class Apart:
    """A server and a worker, on PostgreSQL and Redis; either is killed, or both."""

    def __init__(self, data: DataFolder) -> None:
        self._data = data
        self._server = launch(data, *START, "--no-worker")
        self._worker = self._new_worker()
        self._wait()

    def kill(self, chance: random.Random) -> None:
        victims = chance.choice(["worker", "server", "both"])
        if victims != "server":
            kill(self._worker)
            self._worker = self._new_worker()
        if victims != "worker":
            kill(self._server)
            self._server = launch(self._data, *START, "--no-worker")
            self._wait()

    def stop(self) -> None:
        for process in (self._server, self._worker):
            stop(process)

    def _new_worker(self) -> Process:
        return launch(self._data, "jobworker", "--workers", "2")

    def _wait(self) -> None:
        self.site = site_of(self._server, self._data)


def survive(system: Embedded | Apart, chance: random.Random) -> None:
    job = submit(system.site)
    for number in range(KILLS):
        if is_finished(system.site, job):
            check(system.site, job)
            job = submit(system.site)
        # Most after some progress: an item that is in work at three deaths is given up.
        if number % 4 != 2:
            more = chance.randint(5, ITEMS // 6)
            wait_for_progress(system.site, job, more)
        time.sleep(chance.uniform(0, 0.1))
        system.kill(chance)
    until(lambda: is_finished(system.site, job), "the end", every_seconds=0.1)
    check(system.site, job)


def submit(site: Site) -> str:
    options = {"count": ITEMS, "pause_ms": PAUSE_MS}
    return str(site.submit("count", options=options)["job_id"])


def processed(site: Site, job: str) -> int:
    count: int = site.job(job)["progress"]["processed"]
    return count


def is_finished(site: Site, job: str) -> bool:
    return bool(site.job(job)["finished_at"])


def wait_for_progress(site: Site, job: str, more: int) -> None:
    enough = min(processed(site, job) + more, ITEMS)
    until(lambda: processed(site, job) >= enough, "progress")


def check(site: Site, job_id: str) -> None:
    job, items = site.job(job_id), site.items(job_id)
    assert (job["status"], job["progress"]["success"]) == ("completed", ITEMS), told(items)
    assert job["outcomes"]["changed"] == job["progress"]["processed"] == ITEMS
    assert [item["n"] for item in items] == list(range(1, ITEMS + 1))
    assert sorted(item["position"] for item in items) == list(range(1, ITEMS + 1))


def told(items: list[dict[str, Any]]) -> list[str]:
    return [item["message"] for item in items if item["outcome"] != "changed"]


def test_a_server_with_its_worker_on_sqlite_survives_every_kill(tmp_path: Path) -> None:
    system = Embedded(make_data_folder(tmp_path / "data"))
    try:
        survive(system, random.Random(SEED))
    finally:
        system.stop()


@services.needs_services
def test_server_and_worker_on_postgresql_survive_every_kill(tmp_path: Path) -> None:
    with services.database() as settings:
        settings["TEST_DEAD_AFTER_SECONDS"] = "3"
        system = Apart(DataFolder(tmp_path / "data", services.token(), settings))
        try:
            survive(system, random.Random(SEED))
        finally:
            system.stop()
