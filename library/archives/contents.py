"""What a comic's readers care for in an archive: pages in order, and the files that hold tags."""

from collections.abc import Iterator, Sequence

from library.archives.base import (
    MAX_XML_BYTES,
    Contents,
    Entry,
    Reader,
    TagDocument,
    TagKind,
    choose_named,
    parts_of,
    reading_order,
)
from library.archives.exceptions import NotAComic, RefusedArchive

_NAMES: dict[str, TagKind] = {
    "comicinfo.xml": "comicinfo",
    "metroninfo.xml": "metroninfo",
    "comet.xml": "comet",
}
"""In the order in which they count."""
_MAX_COMET_CANDIDATES = 4
NO_PAGES = "The archive holds no page images."


def contents_of(reader: Reader) -> Contents:
    """
    Raises:
        ArchiveError: one of its kinds, when it is no sound comic.
    """
    pages = reading_order(entry.name for entry in reader.entries)
    if not pages:
        raise NotAComic(NO_PAGES)
    chosen = _chosen(reader.entries)
    documents = _read(reader, chosen)
    remarks = _remarks(reader.entries, chosen, pages)
    comicinfo = next((d.data for d in documents if d.kind == "comicinfo"), None)
    others = [document for document in documents if document.kind != "comicinfo"]
    if b"ComicBookInfo/" in reader.comment:
        others.append(TagDocument("comicbookinfo", reader.comment))
    return Contents(pages, comicinfo, next(remarks, ""), tuple(others))


def _chosen(entries: Sequence[Entry]) -> dict[Entry, TagKind]:
    """The files to read for tags, with what they are taken for."""
    xml = [entry for entry in entries if entry.name[-4:].lower() == ".xml"]
    chosen: dict[Entry, TagKind] = {}
    for wanted, kind in _NAMES.items():
        name = choose_named((entry.name for entry in xml), wanted)
        same = [entry for entry in xml if name and entry.name.lower() == name.lower()]
        if same:
            chosen[same[-1]] = kind
    if "comet" not in chosen.values():
        # CoMet lets its file have any name (its specification, "Embedding").
        rest = [e for e in xml if len(parts_of(e.name)) == 1 and e not in chosen]
        for entry in rest[:_MAX_COMET_CANDIDATES]:
            [base] = parts_of(entry.name)
            if base.lower() not in _NAMES and not base.startswith("."):
                chosen[entry] = "comet"
    return chosen


def _read(reader: Reader, chosen: dict[Entry, TagKind]) -> list[TagDocument]:
    small = {e: kind for e, kind in chosen.items() if e.size <= MAX_XML_BYTES}
    for entry, kind in chosen.items():
        if kind == "comicinfo" and entry not in small:
            raise RefusedArchive("ComicInfo.xml is larger than 2 MiB.")
    if not small:
        return []
    found = [TagDocument(small[entry], data) for entry, data in reader.read(small)]
    found = [d for d in found if d.kind != "comet" or b"<comet" in d.data]
    ranks = list(_NAMES.values())
    return sorted(found, key=lambda document: ranks.index(document.kind))


def _remarks(
    entries: Sequence[Entry], chosen: dict[Entry, TagKind], pages: tuple[str, ...]
) -> Iterator[str]:
    comicinfo = [entry.name.lower() for entry, kind in chosen.items() if kind == "comicinfo"]
    if comicinfo and sum(e.name.lower() == comicinfo[0] for e in entries) > 1:
        yield "It holds ComicInfo.xml more than once; the last one counts."
    if len(set(pages)) < len(pages):
        yield "It holds several pages under one name."
    if any(entry.size > MAX_XML_BYTES for entry in chosen):
        yield "It holds tags of more than 2 MiB, which were not read."
