"""The Pages of a ComicInfo.xml (schema 2.0, ComicPageInfo)."""

from dataclasses import dataclass, field

from library.metadata.tree import read_tree


@dataclass(frozen=True, slots=True)
class PageTags:
    image: int | None
    """The page's place in reading order, from 0; None where that is not said."""
    attributes: dict[str, str] = field(default_factory=dict)
    """All attributes as they stand: Image, Type, DoublePage, ImageSize, Key, Bookmark,
    ImageWidth, ImageHeight, and whatever else is there."""


def read_pages(xml: bytes) -> tuple[PageTags, ...]:
    """Raises: MetadataError."""
    root = read_tree(xml, root="ComicInfo", name="ComicInfo.xml")
    return tuple(
        PageTags(_number(page.attributes.get("Image", "")), page.attributes)
        for page in root.each("Pages", "Page")
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
