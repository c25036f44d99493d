"""Patterns for paths: "*" is any text ("/" too), "?" one character, "[abc]" one of these."""

import re
from typing import Any

from django.db.models import BooleanField, F, Func

_TOKEN = re.compile(
    r"(?P<any>\*)|(?P<one>\?)|\[(?P<not>[!^]?)(?P<set>\]?[^\]]*)\]|(?P<text>.)", re.S
)


class HasPath(Func):
    """Whether the comic's path, relative to its library's root, is like this pattern.

    The paths are compared in an index, and so no row is read for it: SQLite finds the ids in the
    index of paths first; PostgreSQL's has no ids, but the indexes of lists hold folder and name.
    """

    output_field = BooleanField()
    conditional = True

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        super().__init__(F("pk"), F("folder"), F("name"))

    # SQLite's own: it never goes back over what a "*" took, as Python's regular expressions
    # would, so that no pattern is slow.
    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        pk, values = compiler.compile(self.source_expressions[0])
        found = "SELECT id FROM library_comic WHERE path GLOB %s"
        return f"+{pk} IN ({found})", [*values, self.pattern.replace("[!", "[^")]

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        folder, name = (compiler.compile(each)[0] for each in self.source_expressions[1:])
        path = f"LTRIM({folder} || '/' || {name}, '/')"
        if "[" in self.pattern:
            return f"{path} ~ %s", [regular_expression(self.pattern)]
        return f"{path} LIKE %s", [like(self.pattern)]


def like(pattern: str) -> str:
    """The pattern, which has no "[abc]", for LIKE, which is twice as quick as `~`."""
    return re.sub(r"[\\%_]", r"\\\g<0>", pattern).replace("*", "%").replace("?", "_")


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
