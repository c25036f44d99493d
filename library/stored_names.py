"""What a template would name comics, from their stored tags: at once, while somebody types.

The names beside a file are not looked at, so a comic without tags may get another one in the end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.differences import Part, marked
from jobs.results import NAMES
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
    """`options`: `template` and `strict`, or None for the library's own. Raises TemplateError."""
    return [_named(comic, Rules.of(_own(comic), options)) for comic in comics]


def _own(comic: Comic) -> Mapping[str, Any]:
    return {"template": comic.library.template, "strict": comic.library.strict}


def _named(comic: Comic, wanted: Rules) -> Named:
    known = rules.Comic.at(comic.file, root=comic.library.path, tags=comic.tags or None)
    try:
        changes = rules.decide(known, wanted).changes
    except TemplateError:
        raise
    except ComicError as error:
        return Named(comic, [Part(comic.name, differs=False)], [], str(error))
    for change in changes:
        if change["field"] in NAMES:
            return Named(comic, *marked(change["before"], change["after"]))
    return Named(comic, *marked(comic.name, comic.name))
