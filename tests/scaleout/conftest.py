import sys
from collections.abc import Iterator

import pytest

from tests import services
from tests.scaleout.cluster import Cluster
from tests.scaleout.proxy import Proxy


@pytest.fixture(scope="package")
def _cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    redis, postgresql = Proxy(services.REDIS_PORT), Proxy(services.POSTGRES_PORT)
    with services.database() as settings:
        for proxy, name in ((redis, "REDIS_URL"), (postgresql, "DATABASE_URL")):
            proxy.open()
            settings[name] = settings[name].replace(f":{proxy.target_port}/", f":{proxy.port}/")
        settings["WATCH_QUIET_SECONDS"] = "1"
        settings["TEST_DEAD_AFTER_SECONDS"] = "6"
        cluster = Cluster(tmp_path_factory.mktemp("cluster"), settings, redis, postgresql)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
            redis.end()
            postgresql.end()


@pytest.fixture
def cluster(_cluster: Cluster) -> Iterator[Cluster]:
    """Two servers, two workers, PostgreSQL and Redis; whole again for each test."""
    _cluster.redis.open()
    _cluster.postgresql.open()
    _cluster.start_workers(2 - len(_cluster.workers))
    yield _cluster
    sys.stderr.write(_cluster.log())
