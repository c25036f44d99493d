from collections.abc import Iterator

import pytest
from asgiref.sync import SyncToAsync
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connections

from jobs.worker import Worker
from library.rar_readers import working_readers
from tests.waiting import until

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
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """PostgreSQL drops no database that somebody is connected to: let the thread go that
    asynchronous tests do their queries in."""
    yield
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


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
