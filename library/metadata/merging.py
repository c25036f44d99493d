from collections.abc import Mapping, Sequence

from library.metadata.filenames import ParsedName, parse, parse_explicit, parse_folder
from library.metadata.model import known

_FROM_NAME = {
    "Series": "series",
    "Number": "issue",
    "Title": "title",
    "Volume": "volume",
    "Count": "count",
    "Year": "year",
    "Format": "format",
    "ScanInformation": "scan",
    "LanguageISO": "language",
}
FROM_NAMES = frozenset(_FROM_NAME)
"""The elements that names can tell."""
_WHOLE_NUMBERS = frozenset(["Volume", "Count", "Year"])
"""ComicInfo has no place for volumes 16-17 or 3.5."""


def merge(
    tags: Mapping[str, str], *, name: str, folder: str, siblings: Sequence[str] = ()
) -> dict[str, str]:
    """The tags, completed from the file's name and, for series and volume, its folder's name.

    A folder that says nothing (the library's own) is "". `siblings` are the names in the folder.
    """
    if is_numbered(tags):
        parsed = parse_explicit(name)
    else:
        parsed = parse(name, folder=folder, siblings=siblings)
    merged = dict(tags)
    for element, text in tags_of_name(parsed).items():
        if not known(tags, element):
            merged[element] = text
    if not known(merged, "Series") and folder:
        for element, text in tags_of_folder(folder).items():
            if not known(merged, element):
                merged[element] = text
    return merged


def is_numbered(tags: Mapping[str, str]) -> bool:
    """Whether they say which issue it is, so that no guess of its name is needed."""
    return bool(known(tags, "Number") and known(tags, "Series"))


def tags_of_name(parsed: ParsedName) -> dict[str, str]:
    """What a file's name says, under ComicInfo's element names."""
    texts = {element: getattr(parsed, attribute) for element, attribute in _FROM_NAME.items()}
    return {
        element: text
        for element, text in texts.items()
        if text and (element not in _WHOLE_NUMBERS or text.isdecimal())
    }


def tags_of_folder(name: str) -> dict[str, str]:
    """Its year is that in which the series began, so it is not the comic's."""
    folder = parse_folder(name)
    volume = {"Volume": folder.volume} if folder.volume.isdecimal() else {}
    return {"Series": folder.series, **volume} if folder.series else volume
