"""Files in an archive that are no part of the comic, by their names."""

import re
from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

from library.archives.base import is_page, reading_order

_LEFT_BY_SYSTEMS = frozenset(["thumbs.db", "desktop.ini", ".ds_store"])
_RELEASE_NOTES = frozenset([".nfo", ".diz", ".sfv", ".url"])
_TEXTS = frozenset([".txt", ".htm", ".html"])
_CREDIT = re.compile(
    r"scanner|scanned|scan[ _-]?by|credits?(?![a-z])|(?<![a-z])tag[0-9]*$|^z{2,}|^z[ ._-]",
    re.IGNORECASE,
)
"""What scanners call the page with their names: zz-credits, ZZZ_group, z_tag, Scanner."""
_MOST_CREDITS = 3
_AT_START, _AT_END = 1, 3
"""So many pages from either end one may be."""


def is_junk(name: str) -> bool:
    """Left by an operating system, and of no use to any reader; never a page."""
    *folders, base = name.replace("\\", "/").split("/")
    is_left = base.lower() in _LEFT_BY_SYSTEMS or base.startswith("._") or "__MACOSX" in folders
    return is_left and not is_page(name)


def credits_among(names: Collection[str]) -> list[str]:
    """Pages and texts of those who scanned the comic.

    Only pages at the ends of it whose names stand out: where many are called so, it is how the
    comic's own pages are named. One page is always left.
    """
    pages = reading_order(names)
    named = [page for page in pages if _CREDIT.search(_stem(page))]
    ends = {*pages[:_AT_START], *pages[-_AT_END:]}
    is_few = len(named) <= min(_MOST_CREDITS, len(pages) - 1, len(pages) // 2)
    found = [page for page in named if page in ends] if is_few else []
    return found + [name for name in names if _is_credit_text(name)]


def dropped(names: Sequence[str], *, junk: bool, credits: bool) -> list[str]:
    """What is left out of these, in their order."""
    of_scanners = set(credits_among(names)) if credits else set()
    return [name for name in names if (junk and is_junk(name)) or name in of_scanners]


def _is_credit_text(name: str) -> bool:
    suffix = PurePosixPath(name).suffix.lower()
    is_named = suffix in _TEXTS and bool(_CREDIT.search(_stem(name)))
    return is_named or suffix in _RELEASE_NOTES


def _stem(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).stem
