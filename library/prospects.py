"""A folder that may become a library: what is in it, and what the server can do there."""

import os
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic

from django.core.exceptions import ValidationError

from library import rar_readers
from library.registering import check_folder
from library.walking import is_hidden, is_named_like_comic

SECONDS = 1.0
"""How long a page looks; a large library is counted in part."""


@dataclass(frozen=True)
class Prospect:
    problem: str = ""
    """Why it cannot be a library; the rest is unknown then."""
    counts: dict[str, int] = field(default_factory=dict)
    """Files by format, most first."""
    is_whole: bool = True
    is_writable: bool = True
    lacks_rar: bool = False
    """It has .cbr files, and nothing here unpacks all kinds of them."""


def look(path: str) -> Prospect:
    """Opens no file and follows no link."""
    try:
        folder = check_folder(path)
    except ValidationError as error:
        return Prospect(problem=" ".join(error.messages))
    counts, is_whole = _count(str(folder))
    return Prospect(
        counts=dict(counts.most_common()),
        is_whole=is_whole,
        is_writable=os.access(folder, os.W_OK),
        lacks_rar="cbr" in counts and rar_readers.working_readers() == [],
    )


def _count(root: str) -> tuple[Counter[str], bool]:
    """Formats and how many files have each; whether all folders were seen in time."""
    end = monotonic() + SECONDS
    counts: Counter[str] = Counter()
    for folder, folders, names in os.walk(root):
        if folder != root and monotonic() > end:
            return counts, False
        folders[:] = [name for name in folders if not is_hidden(name)]
        comics = (name for name in names if is_named_like_comic(name) and not is_hidden(name))
        counts.update(name.rpartition(".")[2].lower() for name in comics)
    return counts, True
