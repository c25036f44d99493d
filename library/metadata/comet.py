"""CoMet 1.1 under ComicInfo's element names (http://www.denvog.com/comet/comet-specification)."""

from library.metadata.model import DateParts, joined
from library.metadata.tree import read_tree

_TEXTS = {
    "Title": "title",
    "Series": "series",
    "Number": "issue",
    "Volume": "volume",
    "Summary": "description",
    "Publisher": "publisher",
    "Format": "format",
    "LanguageISO": "language",
    "AgeRating": "rating",
}
_LISTS = {
    "Genre": "genre",
    "Characters": "character",
    "Writer": "writer",
    "Penciller": "penciller",
    "Inker": "inker",
    "Colorist": "colorist",
    "Letterer": "letterer",
    "CoverArtist": "coverDesigner",
    "Editor": "editor",
}


def read(xml: bytes) -> dict[str, str]:
    """Raises: MetadataError."""
    root = read_tree(xml, root="comet", name="CoMet.xml")
    tags = {element: root.first(name) for element, name in _TEXTS.items()}
    tags |= {element: joined(root.texts(name)) for element, name in _LISTS.items()}
    tags |= DateParts.of(root.first("date")).tags()
    if root.first("readingDirection").casefold() == "rtl":
        tags["Manga"] = "YesAndRightToLeft"
    return {element: text for element, text in tags.items() if text}
