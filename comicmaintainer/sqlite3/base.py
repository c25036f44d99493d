"""Django's backend for SQLite, with a fair wait for the one that may write.

SQLite itself sleeps up to a tenth of a second between two looks at the lock. A worker that commits
fifty times a second leaves it free for some milliseconds each time, which such a sleeper misses
again and again.
"""

import time
from collections.abc import Callable
from sqlite3 import SQLITE_BUSY, Connection, OperationalError
from typing import Any

from django.db.backends.sqlite3 import base

LOOK_SECONDS = 0.002
WRITES = ("BEGIN", "INSERT", "UPDATE", "DELETE")
"""How statements begin that wait for the lock, where the transaction does not have it."""


class Cursor(base.SQLiteCursorWrapper):
    def execute(self, query: str, params: Any = None) -> Any:
        execute = super().execute
        if self.connection.in_transaction or not query.lstrip().startswith(WRITES):
            return execute(query, params)
        return _patiently(lambda: execute(query, params), self.connection)


class DatabaseWrapper(base.DatabaseWrapper):
    def create_cursor(self, name: str | None = None) -> Cursor:
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        return cursor


def _patiently(write: Callable[[], Any], connection: Connection) -> Any:
    """The write as soon as the lock is free, or SQLite's error after its own time is up."""
    [milliseconds] = connection.execute("PRAGMA busy_timeout").fetchone()
    deadline = time.monotonic() + milliseconds / 1000
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                return write()
            except OperationalError as error:
                if error.sqlite_errorcode & 0xFF != SQLITE_BUSY or time.monotonic() >= deadline:
                    raise
            time.sleep(LOOK_SECONDS)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {milliseconds}")
