"""What is known of a comic as one of several copies."""

from library.keeping import Copy
from library.models import Comic

_UNCOUNTED_TAGS = frozenset(["Notes", "PageCount", "Pages", "ScanInformation"])
"""They say nothing of the story."""


def copy_of(comic: Comic) -> Copy:
    """With what `ComparedPages` knows of it, if anything."""
    compared = getattr(comic, "compared", None)
    return Copy(
        comic=comic.pk,
        path=comic.path,
        verdict=comic.verdict,
        problem=compared.problem if compared else "",
        format=comic.format,
        page_count=comic.page_count or 0,
        width=compared.width if compared else 0,
        height=compared.height if compared else 0,
        tag_count=sum(bool(text) for tag, text in comic.tags.items() if tag not in _UNCOUNTED_TAGS),
        size_bytes=comic.size_bytes,
    )
