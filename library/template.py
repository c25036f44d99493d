"""The language of name templates, such as "{series} - Chapter {issue:4}[ ({year})]".

    {series}          a field
    {issue:4}         a number whose whole part is filled with zeros to four digits
    {series|initial}  a field through a filter; several go one after the other
    [ ({year})]       a group: it vanishes when one of its fields has no value
    {publisher}/      a folder; without one the file stays in the folder where it is
    \\{ \\} \\[ \\]       the brackets themselves

It is parsed here, and not by `str.format`, which would let a template reach into objects.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from library.exceptions import ComicError
from library.template_fields import FIELDS, FILTERS, NUMBERS, ORIGINAL

MAX_DEPTH = 4
MAX_FOLDERS = 8
_TOKEN = re.compile(
    r"\\(?P<bracket>[\[\]{}])|[\[\]}]|\{(?P<inside>[^{}]*)\}|\{|(?:[^\[\]{}\\]|\\(?![\[\]{}]))+"
)
_INSIDE = re.compile(r"(?P<name>[^:|]*)(?P<colon>:(?P<width>[^|]*))?(?P<filters>\|.*)?", re.DOTALL)


class TemplateError(ComicError):
    """The template itself is wrong, so no comic can be named by it."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message, position)
        self.message = message
        self.position = position
        """Where in the template, counted from 0."""

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    width: int = 0
    """The whole part of a number is filled with zeros to this many digits."""
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    parts: "Template"


Part = str | Field | Group
Template = tuple[Part, ...]


@lru_cache(maxsize=64)
def parse_template(text: str) -> Template:
    """Raises: TemplateError, with a sentence that says what to do."""
    parser = _Parser(text)
    parts = parser.parts()
    if not parser.has_field:
        raise TemplateError("Use at least one field, for example {series} or {issue:4}.", 0)
    _check_folders(text, parser.slashes)
    _check_originals(parser.originals, behind=parser.slashes[-1] if parser.slashes else -1)
    return parts


@lru_cache(maxsize=64)
def makes_folders(text: str) -> bool:
    """Whether it says in which folder a comic lies. Raises: TemplateError."""
    return _has_slash(parse_template(text))


@lru_cache(maxsize=64)
def elements_of(text: str) -> frozenset[str]:
    """What of ComicInfo it asks for. Raises: TemplateError."""
    return frozenset(_elements(parse_template(text)))


def _elements(parts: Template) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Group):
            yield from _elements(part.parts)
        elif isinstance(part, Field):
            yield FIELDS[part.name]


def _has_slash(parts: Template) -> bool:
    return any(
        _has_slash(part.parts) if isinstance(part, Group) else isinstance(part, str) and "/" in part
        for part in parts
    )


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = list(_TOKEN.finditer(text))
        self._next = 0
        self.has_field = False
        self.slashes: list[int] = []
        """Where folders end."""
        self.originals: list[int] = []

    def parts(self, opened: int | None = None, depth: int = 0) -> Template:
        """Up to the end, or to the bracket that closes the group opened at this position."""
        parts: list[Part] = []
        while self._next < len(self._tokens):
            token = self._tokens[self._next]
            self._next += 1
            if token[0] == "]":
                if opened is None:
                    raise _no_partner("]", token.start())
                return _group(tuple(parts), opened)
            parts.append(self._part(token, depth))
        if opened is not None:
            raise _no_partner("[", opened)
        return tuple(parts)

    def _part(self, token: re.Match[str], depth: int) -> Part:
        if token["inside"] is not None:
            self.has_field = True
            field = _field(token["inside"], token.start())
            if field.name == ORIGINAL:
                self.originals.append(token.start())
            return field
        if token[0] == "[":
            if depth == MAX_DEPTH:
                raise TemplateError(
                    f"The groups are nested too deeply at position {token.start() + 1}.",
                    token.start(),
                )
            return Group(self.parts(token.start(), depth + 1))
        if token[0] in ("{", "}"):
            raise _no_partner(token[0], token.start())
        return token["bracket"] or self._text(token)

    def _text(self, token: re.Match[str]) -> str:
        if (backslash := token[0].find("\\")) >= 0:
            position = token.start() + backslash
            raise TemplateError(
                f"Write “/” for a folder instead of the “\\” at position {position + 1}.", position
            )
        self.slashes += [token.start() + found.start() for found in re.finditer("/", token[0])]
        return token[0]


def _check_folders(text: str, slashes: list[int]) -> None:
    """What is made of it is cleaned, part by part, all the same."""
    if len(slashes) > MAX_FOLDERS:
        raise TemplateError(
            f"At most {MAX_FOLDERS} folders can lie in each other.", slashes[MAX_FOLDERS]
        )
    starts = [0, *(slash + 1 for slash in slashes)]
    for start, end in zip(starts, [*slashes, len(text)], strict=True):
        part = text[start:end].strip()
        if part in (".", ".."):
            raise TemplateError(
                f"“{part}” at position {start + 1} cannot be the name of a folder or a file.", start
            )
    if slashes and not text[slashes[-1] + 1 :].strip():
        raise TemplateError(
            "Write the file's name behind the last “/”, for example {series} {issue:3}.",
            slashes[-1],
        )
    if slashes and not text[: slashes[0]].strip():
        raise TemplateError("Folders begin in the library's own; remove the first “/”.", slashes[0])


def _check_originals(positions: list[int], *, behind: int) -> None:
    """Twice in one name, it would double that name each time a comic is named."""
    in_name = [position for position in positions if position > behind]
    if len(in_name) > 1:
        raise TemplateError(f"Use {{{ORIGINAL}}} only once in the file's name.", in_name[1])


def _group(parts: Template, opened: int) -> Template:
    if not any(isinstance(part, Field | Group) for part in parts):
        raise TemplateError(
            f"The group at position {opened + 1} has no field and would always be there; write "
            "“\\[” and “\\]” for the brackets themselves.",
            opened,
        )
    return parts


def _field(inside: str, start: int) -> Field:
    found = _INSIDE.fullmatch(inside)
    assert found  # any text does
    name, width = found["name"].strip(), found["width"]
    if name not in FIELDS:
        fields = ", ".join(f"{{{field}}}" for field in FIELDS)
        raise TemplateError(
            f"There is no field {{{name}}} (position {start + 1}). Use one of {fields}.", start
        )
    digits = 0 if found["colon"] is None else _width(name, width.strip(), start)
    return Field(name, digits, _filters(found["filters"] or "", start + 1 + found.start("filters")))


def _width(name: str, width: str, start: int) -> int:
    position = start + len(name) + 2
    if name not in NUMBERS:
        raise TemplateError(
            f"Only numbers can be filled with zeros (position {position + 1}); write {{{name}}} "
            f"without “:{width}”.",
            position,
        )
    if not re.fullmatch("[1-9]", width):
        raise TemplateError(
            f"Write a number from 1 to 9 instead of “{width}” (position {position + 1}), for "
            f"example {{{name}:4}}.",
            position,
        )
    return int(width)


def _filters(text: str, start: int) -> tuple[str, ...]:
    """`start`: of the text, which begins with the first "|"."""
    names = []
    for found in re.finditer(r"\|([^|]*)", text):
        name, position = found[1].strip(), start + found.start(1)
        if name not in FILTERS:
            known = ", ".join(FILTERS)
            raise TemplateError(
                f"There is no filter “{name}” (position {position + 1}). Use one of {known}.",
                position,
            )
        names.append(name)
    return tuple(names)


def _no_partner(bracket: str, position: int) -> TemplateError:
    return TemplateError(
        f"The “{bracket}” at position {position + 1} has no partner; write fields like {{series}}, "
        "groups like [ ({year})], and “\\” before a bracket that is meant itself.",
        position,
    )
