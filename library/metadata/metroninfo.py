"""MetronInfo 1.0 under ComicInfo's element names (https://metron-project.github.io)."""

from collections.abc import Iterator

from library.metadata.model import DateParts, joined
from library.metadata.tree import Node, read_tree

_PATHS: dict[str, tuple[str, ...]] = {
    "Series": ("Series", "Name"),
    "Number": ("Number",),
    "Title": ("CollectionTitle",),
    "Volume": ("Series", "Volume"),
    "Count": ("Series", "IssueCount"),
    "Format": ("Series", "Format"),
    "Summary": ("Summary",),
    "Notes": ("Notes",),
    "Publisher": ("Publisher", "Name"),
    "Imprint": ("Publisher", "Imprint"),
    "GTIN": ("GTIN", "ISBN"),
}
_LISTS: dict[str, tuple[str, ...]] = {
    "Genre": ("Genres", "Genre"),
    "Tags": ("Tags", "Tag"),
    "Characters": ("Characters", "Character"),
    "Teams": ("Teams", "Team"),
    "Locations": ("Locations", "Location"),
    "StoryArc": ("Arcs", "Arc", "Name"),
    "StoryArcNumber": ("Arcs", "Arc", "Number"),
}
_ELEMENTS_OF_ROLE: dict[str, tuple[str, ...]] = {
    "writer": ("Writer",),
    "script": ("Writer",),
    "story": ("Writer",),
    "plot": ("Writer",),
    "artist": ("Penciller", "Inker"),
    "penciller": ("Penciller",),
    "breakdowns": ("Penciller",),
    "illustrator": ("Penciller",),
    "layouts": ("Penciller",),
    "inker": ("Inker",),
    "embellisher": ("Inker",),
    "finishes": ("Inker",),
    "ink assists": ("Inker",),
    "colorist": ("Colorist",),
    "colorist assistant": ("Colorist",),
    "letterer": ("Letterer",),
    "cover": ("CoverArtist",),
    "editor": ("Editor",),
    "consulting editor": ("Editor",),
    "assistant editor": ("Editor",),
    "associate editor": ("Editor",),
    "senior editor": ("Editor",),
    "group editor": ("Editor",),
    "executive editor": ("Editor",),
    "editor in chief": ("Editor",),
    "translator": ("Translator",),
}
_AGE_RATINGS = {
    "Everyone": "Everyone",
    "Teen": "Teen",
    "Teen Plus": "MA15+",
    "Mature": "Mature 17+",
    "Explicit": "R18+",
    "Adult": "Adults Only 18+",
}


def read(xml: bytes) -> dict[str, str]:
    """Raises: MetadataError."""
    root = read_tree(xml, root="MetronInfo", name="MetronInfo.xml")
    tags = {element: root.first(*path) for element, path in _PATHS.items()}
    tags["Title"] = tags["Title"] or joined(root.texts("Stories", "Story"), "; ")
    tags["GTIN"] = tags["GTIN"] or root.first("GTIN", "UPC")
    tags |= {element: joined(root.texts(*path)) for element, path in _LISTS.items()}
    tags |= DateParts.of(root.first("CoverDate")).tags()
    tags |= _credits(root)
    tags["AgeRating"] = _AGE_RATINGS.get(root.first("AgeRating"), "")
    tags["Web"] = " ".join(_addresses(root))
    tags["LanguageISO"] = next(
        (node.attributes.get("lang", "") for node in root.each("Series")), ""
    )
    return {element: text for element, text in tags.items() if text}


def _credits(root: Node) -> dict[str, str]:
    people: dict[str, list[str]] = {}
    for credit in root.each("Credits", "Credit"):
        for role in credit.texts("Roles", "Role"):
            for element in _ELEMENTS_OF_ROLE.get(role.casefold(), ()):
                people.setdefault(element, []).append(credit.first("Creator"))
    return {element: joined(names) for element, names in people.items()}


def _addresses(root: Node) -> Iterator[str]:
    """The primary one first."""
    nodes = sorted(
        root.each("URLs", "URL"), key=lambda url: url.attributes.get("primary") != "true"
    )
    return (text for node in nodes if (text := node.text.strip()))
