"""All the tags of a comic, whatever formats they come in.

Of several formats the first that knows an element counts: ComicInfo.xml, MetronInfo.xml,
CoMet, ComicBookInfo. They are only read; what is written is ComicInfo.xml.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from library.archives.base import TagDocument, TagKind
from library.metadata import comet, comicbookinfo, comicinfo, metroninfo
from library.metadata.exceptions import MetadataError
from library.metadata.model import Tags, known

_READERS = {
    "comicinfo": comicinfo.read,
    "metroninfo": metroninfo.read,
    "comet": comet.read,
    "comicbookinfo": comicbookinfo.read,
}
_ORDER: tuple[TagKind, ...] = ("metroninfo", "comet", "comicbookinfo")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class FoundTags:
    comicinfo: Tags | None
    """None without a ComicInfo.xml."""
    others: Tags = field(default_factory=dict)
    """What the other formats say, merged; ComicInfo.xml not considered."""
    remark: str = ""
    """What was wrong with another format; its tags are left out."""

    @property
    def merged(self) -> dict[str, str]:
        return completed(self.comicinfo or {}, self.others)


def read_tags(xml: bytes | None, others: Iterable[TagDocument] = ()) -> FoundTags:
    """
    Raises:
        MetadataError: the ComicInfo.xml cannot be read, so it must not be written either.
    """
    own = None if xml is None else comicinfo.read(xml)
    merged: dict[str, str] = {}
    remark = ""
    for document in sorted(others, key=lambda document: _ORDER.index(document.kind)):
        try:
            found = _READERS[document.kind](document.data)
        except MetadataError as error:
            remark = remark or str(error)
            continue
        merged = completed(merged, {element: _storable(text) for element, text in found.items()})
    return FoundTags(own, merged, remark)


def read_each(xml: bytes | None, others: Iterable[TagDocument]) -> dict[TagKind, Tags | str]:
    """What each tag file says by itself, those that count first in front; of one that cannot be
    read, why."""
    documents = [] if xml is None else [TagDocument("comicinfo", xml)]
    documents += sorted(others, key=lambda document: _ORDER.index(document.kind))
    found: dict[TagKind, Tags | str] = {}
    for document in documents:
        try:
            found[document.kind] = _READERS[document.kind](document.data)
        except MetadataError as error:
            found[document.kind] = str(error)
    return found


def completed(tags: Tags, others: Mapping[str, str]) -> dict[str, str]:
    """The tags, with those of others where they say nothing."""
    merged = dict(tags)
    for element in others:
        if not known(merged, element) and (text := known(others, element)):
            merged[element] = text
    return merged


def _storable(text: str) -> str:
    """JSON may hold characters that XML cannot."""
    return _NOT_IN_XML.sub("", text).strip()
