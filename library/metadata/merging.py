from collections.abc import Mapping

from library.metadata.filenames import folder_series, parse, parse_explicit
from library.metadata.model import known

_FROM_NAME = {
    "Series": "series",
    "Number": "issue",
    "Title": "title",
    "Volume": "volume",
    "Year": "year",
}


def merge(tags: Mapping[str, str], *, name: str, folder: str) -> dict[str, str]:
    """The tags, completed from the file's name and, for the series, from its folder's name.

    A folder that says nothing (the library's own) is "".
    """
    numbered = known(tags, "Number") and known(tags, "Series")
    parsed = parse_explicit(name) if numbered else parse(name)
    merged = dict(tags)
    for element, attribute in _FROM_NAME.items():
        text = getattr(parsed, attribute)
        if text and not known(tags, element):
            merged[element] = text
    if not known(merged, "Series") and folder:
        merged["Series"] = folder_series(folder)
    return merged
