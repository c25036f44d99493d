"""PostgreSQL and Redis for tests that need the real ones, with names of their own in both."""

import atexit
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
import redis
from psycopg.sql import SQL, Identifier

from tests.serving import ADMINISTRATOR, DataFolder

POSTGRES_PORT = 5432
POSTGRES = f"postgres://postgres@127.0.0.1:{POSTGRES_PORT}"
REDIS_PORT = 6379
REDIS = f"redis://127.0.0.1:{REDIS_PORT}/0"

_MIGRATE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createsuperuser", interactive=False, verbosity=0)
call_command("createtoken", "admin")
"""


@cache
def answering() -> bool:
    try:
        psycopg.connect(f"{POSTGRES}/postgres", connect_timeout=2).close()
        with redis.Redis.from_url(REDIS, socket_timeout=2) as client:
            return bool(client.ping())
    except (psycopg.OperationalError, redis.RedisError):
        return False


needs_services = pytest.mark.skipif(
    not answering(), reason="PostgreSQL and Redis do not both answer on 127.0.0.1."
)


@contextmanager
def database() -> Iterator[dict[str, str]]:
    """The settings of a new, migrated database and of its corner of Redis; both go at the end."""
    name = _create(_template()[0])
    settings = {
        "DATABASE_URL": f"{POSTGRES}/{name}",
        "REDIS_URL": REDIS,
        "SECRET_KEY": "the same for all",
    }
    try:
        yield settings
    finally:
        _drop(name)
        _clear_redis(settings["DATABASE_URL"])


@contextmanager
def empty_database() -> Iterator[str]:
    """The address of one without tables."""
    name = _create("template0")
    try:
        yield f"{POSTGRES}/{name}"
    finally:
        _drop(name)


def token() -> str:
    """The administrator's, in each of these databases."""
    return _template()[1]


@cache
def _template() -> tuple[str, str]:
    """A migrated database to be copied, and the administrator's token."""
    name = _create("template0")
    atexit.register(_drop, name)
    with TemporaryDirectory() as folder:
        data = DataFolder(Path(folder), "", {**ADMINISTRATOR, "DATABASE_URL": f"{POSTGRES}/{name}"})
        key = data.manage("shell", "-v", "0", "-c", _MIGRATE).stdout.strip()
    return name, key


def _create(template: str) -> str:
    name = f"comicmaintainer_test_{secrets.token_hex(6)}"
    _run(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
    return name


def _drop(name: str) -> None:
    _run(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _run(statement: psycopg.sql.Composed) -> None:
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as connection:
        connection.execute(statement)


def _clear_redis(url: str) -> None:
    ours = hashlib.sha256(url.encode()).hexdigest()[:8]  # as in the settings' REDIS_PREFIX
    with redis.Redis.from_url(REDIS) as client:
        for key in client.scan_iter(f"*comicmaintainer*{ours}*"):
            client.delete(key)
