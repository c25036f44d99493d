"""What makes a comic clean, decided from plain data: the scan's state, the preview, the dry run
and the job itself all ask here, so they cannot differ."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import PurePath
from typing import Any, TypedDict

from library import naming
from library.exceptions import ComicError
from library.metadata.filenames import folder_series, telling_folder
from library.metadata.merging import FROM_NAMES, merge
from library.metadata.model import ELEMENTS, known
from library.metadata.reading import completed
from library.template import elements_of, makes_folders
from library.template_fields import FIELDS

NO_COMICINFO = "No ComicInfo.xml"
NAME_DIFFERS = "Name does not follow the template"
_FIELD_LABELS = {"Number": "Issue number"}


class Change(TypedDict):
    field: str
    """An element of ComicInfo, "name" for the file's name, or "path" where its folder changes
    too."""
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Rules:
    template: str = naming.DEFAULT_TEMPLATE
    strict: bool = False
    """The series always from the folder's name, the title always "Chapter N"."""
    fill_from_names: bool = True
    """What the tags lack is taken from the names of the file and its folder."""
    fill_titles: bool = True
    """Comics without a title get "Chapter N"."""
    use_folders: bool = True
    """The folder's name counts for the series."""
    rename_files: bool = True
    """Else names are as they are, and do not keep a comic from being clean."""
    tags: bool = True
    """Tags are put in order; else they stay as they are."""
    names: bool = True
    """Files are renamed, where `rename_files` says so. This and `tags` tell which half of the work
    is done now; what is clean they do not tell."""

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
    place: str
    """The folder it lies in, relative to the library's root."""
    tags: Mapping[str, str] | None
    """None without a ComicInfo.xml."""
    other_tags: Mapping[str, str] = field(default_factory=dict)
    """What the comic's other tag files say; they fill gaps, before its name does."""
    siblings: Sequence[str] = ()
    """Names in the same folder: what varies among them is the issue."""
    pages: int = 0
    """Counted in the archive; 0 where nobody has."""

    @classmethod
    def at(
        cls,
        path: PurePath,
        *,
        root: str | None,
        tags: Mapping[str, str] | None,
        other_tags: Mapping[str, str] | None = None,
        siblings: Sequence[str] = (),
        pages: int = 0,
    ) -> "Comic":
        place = _beneath(str(path.parent), root)
        place = path.parent.name if place is None else place
        return cls(path.name, place, tags, other_tags or {}, siblings, pages)

    @property
    def folder(self) -> str:
        """What the folder says of the series; "" directly in the library, which says nothing."""
        return telling_folder(self.place)


def _beneath(folder: str, root: str | None) -> str | None:
    """The folder relative to the root; None where it does not lie beneath."""
    root = root and root.rstrip("/")
    if root is None or not f"{folder}/".startswith(f"{root}/"):
        return None
    return folder[len(root) + 1 :]


@dataclass(frozen=True, slots=True)
class Decision:
    tags: Mapping[str, str]
    """As they shall be."""
    name: str
    """As it shall be."""
    place: str
    """The folder in which it shall lie, relative to the library's root."""
    changes: tuple[Change, ...] = ()
    """Tags in the schema's order, then the name; empty when the comic is right already."""

    @property
    def path(self) -> str:
        return _joined(self.place, self.name)


def shortfall(comic: Comic, rules: Rules) -> str:
    """What keeps the comic from being clean, "" when nothing does. Never parses the name."""
    if comic.tags is None:
        return NO_COMICINFO
    if not known(comic.tags, "Series"):
        return "Series missing"
    wanted = _settled(comic.tags, comic.folder, rules)
    own = _joined(comic.place, comic.name)
    try:
        path = _path(comic, wanted, rules) if rules.rename_files else own
    except naming.MissingValue as missing:
        return f"{_label(FIELDS[missing.field])} missing"
    for change in tag_changes(comic.tags, wanted):
        return f"{_label(change['field'])} {'differs' if change['before'] else 'missing'}"
    return "" if path == own else NAME_DIFFERS


def decide(comic: Comic, rules: Rules) -> Decision:
    """The tags and the name that the comic shall have; deciding again changes nothing.

    A name that follows from the tags alone is ours and holds nothing new, so a clean comic's is
    not parsed: "Batman (1989)" in it does not become a year.

    Raises:
        ComicError: a field that the template needs is nowhere to be found.
    """
    before = comic.tags or {}
    if not shortfall(comic, rules):
        return Decision(before, comic.name, comic.place)
    tags = completed(before, comic.other_tags)
    if rules.fill_from_names:
        folder = _telling(comic, rules)
        tags = merge(tags, name=comic.name, folder=folder, siblings=comic.siblings)
    wanted = _settled(tags, comic.folder, rules)
    if not known(wanted, "Series"):
        raise naming.MissingValue("series")
    changes = tag_changes(before, wanted) if rules.tags else []
    path = _joined(comic.place, comic.name)
    renames = rules.names and rules.rename_files
    place, name = naming.split(_path(comic, wanted, rules) if renames else path)
    changes += path_change(path, _joined(place, name))
    return Decision(wanted if rules.tags else before, name, place, tuple(changes))


def goal(comic: Comic, rules: Rules) -> str:
    """The path that `decide` would give it, sooner: the name is only taken apart where the template
    asks for something that the tags lack.

    Raises: ComicError.
    """
    tags = completed(comic.tags or {}, comic.other_tags)
    asked = {"Series", *elements_of(rules.template)}
    if "Title" in asked:
        asked.add("Number")  # which a title may be made of
    asked &= FROM_NAMES
    if not rules.names or not rules.rename_files or not all(known(tags, each) for each in asked):
        return decide(comic, rules).path
    return _path(comic, _settled(tags, comic.folder, rules), rules)


def spelled(decision: Decision, comic: Comic, goal: str) -> Decision:
    """With the folder written as in this path, where the two differ in nothing that counts."""
    place = naming.split(goal)[0]
    if place == decision.place or naming.folded(place) != naming.folded(decision.place):
        return decision
    tags = tuple(c for c in decision.changes if c["field"] in ELEMENTS)
    moved = path_change(_joined(comic.place, comic.name), _joined(place, decision.name))
    return replace(decision, place=place, changes=(*tags, *moved))


def path_change(before: str, after: str) -> list[Change]:
    """How an item shows it: in the same folder only the names count."""
    if before == after:
        return []
    (folder, name), (new_folder, new_name) = naming.split(before), naming.split(after)
    if folder == new_folder:
        return [Change(field="name", before=name, after=new_name)]
    return [Change(field="path", before=before, after=after)]


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


def _telling(comic: Comic, rules: Rules) -> str:
    """The folder's name, for what the tags lack.

    Not where the folder follows from the tags, and these stay without it: then it would be taken
    for the series anew each time that it gets a name.
    """
    follows = makes_folders(rules.template) and not rules.tags
    return comic.folder if rules.use_folders and not follows else ""


def _settled(tags: Mapping[str, str], folder: str, rules: Rules) -> dict[str, str]:
    settled = dict(tags)
    counts = rules.use_folders and not makes_folders(rules.template)
    if rules.strict and folder and counts:
        settled["Series"] = folder_series(folder)
    number = known(settled, "Number")
    fills = rules.fill_titles and not known(settled, "Title")
    if number and (rules.strict or fills):
        settled["Title"] = f"Chapter {number}"
    return settled


def _path(comic: Comic, tags: Mapping[str, str], rules: Rules) -> str:
    """As the template has it; the comic's own where that differs in nothing that counts."""
    stem, suffix = _parts(comic.name)
    if comic.pages and not known(tags, "PageCount"):
        tags = {**tags, "PageCount": str(comic.pages)}
    path = naming.render(rules.template, tags, suffix, original=stem)
    place, name = naming.split(path)
    # Folders that differ only in case are one on many systems, and share their other comics.
    if not makes_folders(rules.template) or naming.folded(place) == naming.folded(comic.place):
        place = comic.place
    return _joined(place, comic.name if name == _normal(comic.name) else name)


def _parts(name: str) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if stem and suffix else (name, "")


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _normal(name: str) -> str:
    """Some file systems give names back decomposed; that is no difference."""
    return unicodedata.normalize("NFC", name)


def tag_changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    return [
        Change(field=element, before=before.get(element, ""), after=after[element])
        for element in ELEMENTS
        if element in after and after[element] != before.get(element, "")
    ]


def _label(element: str) -> str:
    return _FIELD_LABELS.get(element, element)
