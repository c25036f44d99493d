"""The wait for SQLite's one writer."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from comicmaintainer.sqlite3 import base

pytestmark = pytest.mark.django_db
REST = {"ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_MAX_AGE": 0, "TIME_ZONE": None}
REST |= {"CONN_HEALTH_CHECKS": False}


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[base.DatabaseWrapper]:
    options = {"timeout": 60, "transaction_mode": "IMMEDIATE"}
    settings = {"NAME": tmp_path / "db.sqlite3", "OPTIONS": options, **REST}
    wrapper = base.DatabaseWrapper(settings)
    with wrapper.cursor() as cursor:
        cursor.execute("CREATE TABLE numbers (n)")
    yield wrapper
    wrapper.close()


def begin(ours: base.DatabaseWrapper) -> None:
    ours._start_transaction_under_autocommit()


def write(ours: base.DatabaseWrapper) -> None:
    with ours.cursor() as cursor:
        cursor.execute("INSERT INTO numbers VALUES (%s)", [1])


def timeout(ours: base.DatabaseWrapper) -> int:
    with ours.cursor() as cursor:
        return int(cursor.execute("PRAGMA busy_timeout").fetchone()[0])


@pytest.mark.parametrize("statement", [begin, write])
def test_it_looks_again_and_again_until_the_other_has_gone(
    ours: Any, statement: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    with closing(sqlite3.connect(ours.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        def sleep(seconds: float) -> None:
            looks.append(seconds)
            if len(looks) == 3:
                other.execute("ROLLBACK")

        monkeypatch.setattr(base.time, "sleep", sleep)
        statement(ours)
    assert looks == [base.LOOK_SECONDS] * 3
    assert timeout(ours) == 60_000


def test_after_its_own_time_the_lock_is_an_error_as_ever(ours: Any) -> None:
    with closing(sqlite3.connect(ours.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ours.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 10")
        with pytest.raises(OperationalError, match="database is locked"):
            write(ours)
    assert timeout(ours) == 10
    write(ours)


def test_other_errors_are_not_waited_for(ours: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base.time, "sleep", lambda seconds: pytest.fail("it waited"))
    with pytest.raises(OperationalError, match="no such table"), ours.cursor() as cursor:
        cursor.execute("INSERT INTO missing VALUES (1)")
