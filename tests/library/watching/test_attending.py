"""Of several worker hosts one watches each library."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from jobs import duties, recovery
from jobs.companions import Companions
from jobs.models import Duty, WorkerNode
from library.models import Library, Watch
from library.watching.attending import attend
from library.watching.watcher import Pace
from tests.library.comics import make_comic
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
PACE = Pace(quiet_seconds=0.1, poll_seconds=0.1, tick_seconds=0.05)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    make_comic(tmp_path / "a.cbz")
    return Library.objects.create(
        name="Books", path=str(tmp_path), watch="list", scanned_at="2026-01-01T00:00Z"
    )


class Host:
    """What a worker is to its companions, and nothing else of it."""

    def __init__(self, node: str) -> None:
        recovery.register(node, 1)
        self.station = Companions(node)
        self._thread = threading.Thread(target=self._attend)
        self._thread.start()

    def _attend(self) -> None:
        attend(self.station, PACE)
        connection.close()

    def stop(self) -> None:
        self.station.stopping.set()
        self._thread.join()


@pytest.fixture
def hosts(library: Library) -> Iterator[list[Host]]:
    hosts = [Host("one"), Host("two")]
    yield hosts
    for host in hosts:
        host.stop()


def owner() -> str:
    duty = Duty.objects.first()
    return duty.owner if duty else ""


def watchers() -> int:
    return sum(thread.name.startswith("watch:") for thread in threading.enumerate())


def test_one_watches_and_the_next_takes_over(library: Library, hosts: list[Host]) -> None:
    until(lambda: Watch.objects.filter(method="events").exists(), "the watcher")
    assert watchers() == 1
    leader = next(host for host in hosts if host.station.has(f"watch:{library.pk}"))
    other = next(host for host in hosts if host is not leader)
    assert not other.station.has(f"watch:{library.pk}")
    leader.stop()
    assert Watch.objects.get().method == ""
    recovery.retire(owner())
    until(lambda: owner() != "" and watchers() == 1, "the next one")
    assert other.station.has(f"watch:{library.pk}")


def test_switched_off_nobody_watches(library: Library, hosts: list[Host]) -> None:
    until(lambda: Watch.objects.filter(method="events").exists(), "the watcher")
    Library.objects.update(watch="off")
    until(lambda: watchers() == 0, "the end")
    until(lambda: not Duty.objects.exists(), "the duty to be free")
    until(lambda: Watch.objects.get().method == "", "the word of it")


def test_a_duty_is_one_nodes_until_that_is_gone() -> None:
    for node in ("one", "two"):
        recovery.register(node, 1)
    assert duties.take("sweep", "one")
    assert duties.take("sweep", "one")
    assert not duties.take("sweep", "two")
    WorkerNode.objects.filter(pk="one").delete()
    assert duties.take("sweep", "two")
    assert not duties.take("sweep", "one")
    duties.let_go("sweep", "one")
    assert owner() == "two"
    duties.let_go("sweep", "two")
    assert duties.take("sweep", "one")
