"""comicapi's file-name parsers, kept at arm's length: the only module that imports comicapi.

They are imported late (0.1 s), never loop for ever here, and what they raise on odd names counts
as "no idea".
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

_MAX_STEPS = 2_000
"""Far beyond what any name of 255 bytes needs; some names send the parser in circles."""

_NO_IDEA = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Guess:
    series: str = ""
    issue: str = ""
    volume: str = ""
    year: str = ""


class _TooManySteps(ValueError):
    pass


@cache
def _bounded() -> tuple[Any, Any]:
    from comicapi.filenamelexer import Lexer
    from comicapi.filenameparser import Parser

    class Bounded:
        steps = 0

        def get(self) -> Any:
            self.steps += 1
            if self.steps > _MAX_STEPS:
                raise _TooManySteps
            return super().get()  # type: ignore[misc]

    return type("BoundedLexer", (Bounded, Lexer), {}), type("BoundedParser", (Bounded, Parser), {})


def guess(name: str) -> Guess:
    """What comicapi's lexer makes of a file name without its suffix; all empty when it fails."""
    lexer_class, parser_class = _bounded()
    try:
        lexer = lexer_class(name)
        lexer.run()
        parser = parser_class(lexer.items)
        parser.run()
    except _NO_IDEA:
        return Guess()
    info = parser.filename_info
    return Guess(*(str(info.get(key, "")) for key in ("series", "issue", "volume", "year")))


def guess_simply(name: str) -> Guess:
    """What comicapi's older parser makes of it, which looks at the last words only."""
    from comicapi.filenameparser import FileNameParser

    parser = FileNameParser()
    try:
        # Without a suffix it would take the decimals for one.
        parser.parse_filename(f"{name}.cbz")
    except _NO_IDEA:
        return Guess()
    return Guess(parser.series, parser.issue, parser.volume, parser.year)
