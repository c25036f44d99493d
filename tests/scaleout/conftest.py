import sys
from collections.abc import Iterator

import pytest

from tests import services
from tests.scaleout.cluster import Cluster
from tests.scaleout.proxy import Proxy


@pytest.fixture(scope="package")
def _cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    proxy = Proxy(services.REDIS_PORT)
    proxy.open()
    with services.database() as settings:
        settings["REDIS_URL"] = f"redis://127.0.0.1:{proxy.port}/0"
        cluster = Cluster(tmp_path_factory.mktemp("cluster"), settings, proxy)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
            proxy.end()


@pytest.fixture
def cluster(_cluster: Cluster) -> Iterator[Cluster]:
    """Two servers, two workers, PostgreSQL and Redis; whole again for each test."""
    _cluster.redis.open()
    _cluster.start_workers(2 - len(_cluster.workers))
    yield _cluster
    sys.stderr.write(_cluster.log())
