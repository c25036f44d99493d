"""What a template would name comics, from their stored tags: at once, while somebody types.

The names beside a file are not looked at, so a comic without tags may get another one in the end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.differences import Part, marked
from library.exceptions import ComicError
from library.models import Comic
from library.template import TemplateError
from library.work import rules
from library.work.rules import Rules


@dataclass(frozen=True)
class Named:
    comic: Comic
    before: list[Part]
    after: list[Part]
    problem: str = ""
    """Why it gets no name."""

    @property
    def is_right(self) -> bool:
        return not self.problem and not any(part.differs for part in self.before + self.after)


def named(comics: Iterable[Comic], options: Mapping[str, Any]) -> list[Named]:
    """`options`: rules that differ from the library's own. Raises TemplateError."""
    return [_named(comic, Rules.of(comic.library.rules, options)) for comic in comics]


def _named(comic: Comic, wanted: Rules) -> Named:
    known = rules.Comic.at(comic.file, root=comic.library.path, tags=comic.tags or None)
    try:
        decision = rules.decide(known, wanted)
    except TemplateError:
        raise
    except ComicError as error:
        return Named(comic, [Part(comic.name, differs=False)], [], str(error))
    if decision.place == known.place:
        return Named(comic, *marked(comic.name, decision.name))
    return Named(comic, *marked(comic.path, decision.path))
