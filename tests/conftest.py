from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User

from jobs.worker import Worker


@pytest.fixture
def admin(db: None) -> User:
    return User.objects.create_superuser("admin", password="correct horse battery")


@pytest.fixture
def worker(transactional_db: None) -> Iterator[Worker]:
    """A real worker with two threads, on the test database, in this process."""
    worker = Worker(threads=2)
    worker.start()
    yield worker
    worker.stop()
