"""What makes a comic clean, decided from plain data: the scan's state, the preview, the dry run
and the job itself all ask here, so they cannot differ."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import PurePath
from typing import Any, TypedDict

from library import naming
from library.exceptions import ComicError
from library.metadata.filenames import folder_series
from library.metadata.merging import merge
from library.metadata.model import ELEMENTS, known
from library.metadata.reading import completed
from library.template_fields import FIELDS

NO_COMICINFO = "No ComicInfo.xml"
NAME_DIFFERS = "Name does not follow the template"
_FIELD_LABELS = {"Number": "Issue number"}


class Change(TypedDict):
    field: str
    """An element of ComicInfo, or "name" for the file's name."""
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Rules:
    template: str = naming.DEFAULT_TEMPLATE
    strict: bool = False
    """The series always from the folder's name, the title always "Chapter N"."""
    tags: bool = True
    """Tags are put in order; else they stay as they are."""
    names: bool = True
    """Files are renamed by the template."""

    @classmethod
    def of(cls, *sources: Mapping[str, Any]) -> "Rules":
        """From the keys of this class; later sources win, None counts as absent."""
        chosen = {
            each.name: source[each.name]
            for source in sources
            for each in fields(cls)
            if source.get(each.name) is not None
        }
        return cls(**chosen)


@dataclass(frozen=True, slots=True)
class Comic:
    """What the rules need to know of a comic."""

    name: str
    folder: str
    """The name of the folder it lies in; "" directly in the library, which says nothing."""
    tags: Mapping[str, str] | None
    """None without a ComicInfo.xml."""
    other_tags: Mapping[str, str] = field(default_factory=dict)
    """What the comic's other tag files say; they fill gaps, before its name does."""
    siblings: Sequence[str] = ()
    """Names in the same folder: what varies among them is the issue."""

    @classmethod
    def at(
        cls,
        path: PurePath,
        *,
        root: str | None,
        tags: Mapping[str, str] | None,
        other_tags: Mapping[str, str] | None = None,
        siblings: Sequence[str] = (),
    ) -> "Comic":
        in_root = root is not None and path.parent == PurePath(root)
        folder = "" if in_root else path.parent.name
        return cls(path.name, folder, tags, other_tags or {}, siblings)


@dataclass(frozen=True, slots=True)
class Decision:
    tags: Mapping[str, str]
    """As they shall be."""
    name: str
    """As it shall be."""
    changes: tuple[Change, ...] = ()
    """Tags in the schema's order, then the name; empty when the comic is right already."""


def shortfall(comic: Comic, rules: Rules) -> str:
    """What keeps the comic from being clean, "" when nothing does. Never parses the name."""
    if comic.tags is None:
        return NO_COMICINFO
    if not known(comic.tags, "Series"):
        return "Series missing"
    wanted = _settled(comic.tags, comic.folder, rules)
    try:
        name = _name(comic, wanted, rules)
    except naming.MissingValue as missing:
        return f"{_label(FIELDS[missing.field])} missing"
    for change in _tag_changes(comic.tags, wanted):
        return f"{_label(change['field'])} {'differs' if change['before'] else 'missing'}"
    return "" if name == _normal(comic.name) else NAME_DIFFERS


def decide(comic: Comic, rules: Rules) -> Decision:
    """The tags and the name that the comic shall have; deciding again changes nothing.

    A name that follows from the tags alone is ours and holds nothing new, so a clean comic's is
    not parsed: "Batman (1989)" in it does not become a year.

    Raises:
        ComicError: a field that the template needs is nowhere to be found.
    """
    before = comic.tags or {}
    if not shortfall(comic, rules):
        return Decision(before, comic.name)
    tagged = completed(before, comic.other_tags)
    merged = merge(tagged, name=comic.name, folder=comic.folder, siblings=comic.siblings)
    wanted = _settled(merged, comic.folder, rules)
    if not known(wanted, "Series"):
        raise naming.MissingValue("series")
    changes = _tag_changes(before, wanted) if rules.tags else []
    name = _name(comic, wanted, rules) if rules.names else comic.name
    if name == _normal(comic.name):
        name = comic.name
    if name != comic.name:
        changes.append(Change(field="name", before=comic.name, after=name))
    return Decision(wanted if rules.tags else before, name, tuple(changes))


def check_name(comic: Comic) -> None:
    """Raises: UnreadableName."""
    try:
        (comic.name + comic.folder).encode()
    except UnicodeEncodeError as error:
        raise UnreadableName(
            "The name of the file or its folder is not valid UTF-8; rename it first."
        ) from error


class UnreadableName(ComicError):
    """The name of the file or its folder could not be written into tags as it is."""

    outcome = "skipped"


def _settled(tags: Mapping[str, str], folder: str, rules: Rules) -> dict[str, str]:
    settled = dict(tags)
    if rules.strict and folder:
        settled["Series"] = folder_series(folder)
    number = known(settled, "Number")
    if number and (rules.strict or not known(settled, "Title")):
        settled["Title"] = f"Chapter {number}"
    return settled


def _name(comic: Comic, tags: Mapping[str, str], rules: Rules) -> str:
    return naming.render(rules.template, tags, PurePath(comic.name).suffix)


def _normal(name: str) -> str:
    """Some file systems give names back decomposed; that is no difference."""
    return unicodedata.normalize("NFC", name)


def _tag_changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    return [
        Change(field=element, before=before.get(element, ""), after=after[element])
        for element in ELEMENTS
        if element in after and after[element] != before.get(element, "")
    ]


def _label(element: str) -> str:
    return _FIELD_LABELS.get(element, element)
