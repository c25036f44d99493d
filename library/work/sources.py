"""Say what each source tells of a comic: its tag files, its name and its folder. Nothing is
written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from library.archives.base import TagKind
from library.archives.contents import contents_of
from library.exceptions import ComicError
from library.metadata.filenames import parse, telling_folder
from library.metadata.merging import tags_of_folder, tags_of_name
from library.metadata.reading import read_each
from library.work.show import opened


@dataclass(frozen=True, slots=True)
class Source:
    kind: TagKind | Literal["name", "folder"]
    tags: Mapping[str, str]
    problem: str = ""
    """Why it says nothing."""


@dataclass(frozen=True, slots=True)
class Sources:
    found: tuple[Source, ...]
    """Those that count first in front."""
    problem: str = ""
    """Why the file itself could not be asked."""


def sources(data: Mapping[str, Any]) -> Sources:
    """`data`: `root`, `folder` (relative to it) and `name` of the comic; optional `siblings`."""
    try:
        with opened(data) as (_file, reader):
            contents = contents_of(reader)
    except ComicError as error:
        return Sources(tuple(_of_names(data)), str(error))
    read = read_each(contents.comicinfo, contents.other_tags)
    of_files = [
        Source(kind, {}, found) if isinstance(found, str) else Source(kind, found)
        for kind, found in read.items()
    ]
    return Sources((*of_files, *_of_names(data)))


def _of_names(data: Mapping[str, Any]) -> list[Source]:
    folder = telling_folder(data["folder"])
    parsed = parse(data["name"], folder=folder, siblings=data.get("siblings", ()))
    found = [Source("name", tags_of_name(parsed))]
    return [*found, Source("folder", tags_of_folder(folder))] if folder else found
