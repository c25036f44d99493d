import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from asgiref.sync import SyncToAsync
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection, connections
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from jobs.worker import Worker
from library.rar_readers import working_readers
from tests.waiting import until

Mount = Callable[..., Path]
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """No attempt and no call of another test counts."""
    cache.clear()


@pytest.fixture(scope="session", autouse=True)
def rar_tried() -> None:
    """That is done in a thread, and some tests count every call of this process."""
    until(lambda: working_readers() is not None, "the trial of what unpacks RAR")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """PostgreSQL drops no database that somebody is connected to: let the thread go that
    asynchronous tests do their queries in."""
    with pytest.MonkeyPatch.context() as patch:
        if connection.vendor == "sqlite":
            with django_db_blocker.unblock():
                patch.setattr(TransactionTestCase, "_fixture_teardown", putting_back())
        yield
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


def putting_back() -> Callable[[TransactionTestCase], None]:
    """Copies the database as it is now over what a test has made of it.

    Django would empty each table and fill in again what migrations do, at ten times the cost.
    """
    before = sqlite3.connect(":memory:")
    connection.ensure_connection()
    connection.connection.backup(before)

    def put_back(test: TransactionTestCase) -> None:
        connection.ensure_connection()
        before.backup(connection.connection)

    return put_back


@pytest.fixture
def admin(db: None) -> User:
    return User.objects.create_superuser("admin", password=PASSWORD)


@pytest.fixture
def worker(transactional_db: None) -> Iterator[Worker]:
    """A real worker with two threads, on the test database, in this process."""
    worker = Worker(threads=2)
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Makes a small file system in memory; skips where that is not permitted."""
    mounted: list[Path] = []

    def make(name: str, *, options: str = "size=8m") -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("mounting is not permitted here")
        mounted.append(folder)
        return folder

    yield make
    for folder in reversed(mounted):
        subprocess.run(["umount", "-l", str(folder)], check=False)
