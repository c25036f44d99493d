from collections.abc import Iterator

import pytest

from jobs.worker import Worker


@pytest.fixture
def worker(transactional_db: None) -> Iterator[Worker]:
    """A real worker with two threads, on the test database, in this process."""
    worker = Worker(threads=2)
    worker.start()
    yield worker
    worker.stop()
