"""The `glob` lookup: "*" is any text ("/" too), "?" one character, "[abc]" one of these."""

import re
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Lookup
from django.db.models.sql.compiler import SQLCompiler

Sql = tuple[str, Any]

_TOKEN = re.compile(
    r"(?P<any>\*)|(?P<one>\?)|\[(?P<not>[!^]?)(?P<set>\]?[^\]]*)\]|(?P<text>.)", re.S
)


@CharField.register_lookup
class Glob(Lookup):
    lookup_name = "glob"
    prepare_rhs = False

    # SQLite's own: it never goes back over what a "*" took, as Python's regular expressions
    # would, so that no pattern is slow.
    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        return self._compare(compiler, connection, "GLOB", self.rhs.replace("[!", "[^"))

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        return self._compare(compiler, connection, "~", regular_expression(self.rhs))

    def _compare(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, operator: str, pattern: str
    ) -> Sql:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} {operator} %s", [*params, pattern]


def regular_expression(pattern: str) -> str:
    """The pattern as a regular expression of POSIX."""
    return f"^{''.join(_part(found) for found in _TOKEN.finditer(pattern))}$"


def _part(found: re.Match[str]) -> str:
    if found["any"]:
        return ".*"
    if found["one"]:
        return "."
    if found["text"]:
        return re.escape(found["text"])
    return f"[{'^' if found['not'] else ''}{found['set'].replace(chr(92), chr(92) * 2)}]"
