"""What a template would name comics, from their stored tags: at once, while somebody types.

The names beside a file are not looked at, so a comic without tags may get another one in the end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.differences import Part, marked
from library.exceptions import ComicError
from library.models import Comic, Library
from library.template import TemplateError, parse_template
from library.work import rules
from library.work.rules import Rules

FIRST = 5
READABLE = [Comic.Verdict.OK, Comic.Verdict.WARN]


@dataclass(frozen=True)
class Named:
    comic: Comic
    before: list[Part]
    after: list[Part]
    path: str = ""
    """Where it would be, relative to the library's root."""
    problem: str = ""
    """Why it gets no name."""

    @property
    def is_right(self) -> bool:
        return not self.problem and not any(part.differs for part in self.before + self.after)


@dataclass(frozen=True)
class FirstNames:
    names: list[Named]
    error: TemplateError | None = None
    parts: tuple[str, str, str] = ("", "", "")
    """The template: before, at and behind the error."""


def first_names(library: Library, options: Mapping[str, Any]) -> FirstNames:
    """What would become of a library's first comics, or what is wrong with the template."""
    readable = Comic.objects.present().of_library(library).filter(verdict__in=READABLE)
    ids = readable.order_by("folder", "name", "pk").values_list("pk", flat=True)[:FIRST]
    comics = Comic.objects.filter(pk__in=list(ids)).select_related("library")
    comics = comics.order_by("folder", "name", "pk")
    try:
        parse_template(options.get("template") or library.template)
        return FirstNames(named(comics, options))
    except TemplateError as error:
        text, where = options.get("template") or "", error.position
        return FirstNames([], error, (text[:where], text[where : where + 1], text[where + 1 :]))


def named(comics: Iterable[Comic], options: Mapping[str, Any]) -> list[Named]:
    """`options`: rules that differ from the library's own. Raises TemplateError."""
    return [_named(comic, Rules.of(comic.library.rules, options)) for comic in comics]


def _named(comic: Comic, wanted: Rules) -> Named:
    known = rules.Comic.at(
        comic.file,
        root=comic.library.path,
        tags=comic.tags or None,
        pages=comic.page_count or 0,
    )
    try:
        decision = rules.decide(known, wanted)
    except TemplateError:
        raise
    except ComicError as error:
        return Named(comic, [Part(comic.name, differs=False)], [], problem=str(error))
    if decision.place == known.place:
        return Named(comic, *marked(comic.name, decision.name), decision.path)
    return Named(comic, *marked(comic.path, decision.path), decision.path)
