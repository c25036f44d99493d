"""The names beside a comic, which tell what its own means."""

from collections import OrderedDict
from functools import lru_cache

from library.metadata.filenames.siblings import MOST
from library.models import Change, Comic

_FOLDERS = 64

Names = tuple[str, ...]


class Company:
    """Names as they were when a job began: the last comic of a folder is read in the same company
    as the first, whichever worker comes to it."""

    def __init__(self, job: str = "") -> None:
        """`job`: what it has changed meanwhile is as it was; "" where none has begun."""
        self._job = job
        self._known: OrderedDict[tuple[int, str], Names] = OrderedDict()

    def of(self, comic: Comic, *, position: int = 0) -> Names:
        """`position`: the comic's in the job; those of its folder lie around it."""
        key = (comic.library_id, comic.folder)
        if (names := self._known.get(key)) is None:
            names = self._known[key] = self._read(*key, position)
            while len(self._known) > _FOLDERS:
                self._known.popitem(last=False)
        return names

    def _read(self, library: int, folder: str, position: int) -> Names:
        there = Comic.objects.present().filter(library=library, folder=folder)
        # In this order: a change that is made between the two is seen by the second.
        names = dict(there.values_list("pk", "name"))
        if self._job:
            around = (position - MOST, position + MOST)
            changed = Change.objects.done().filter(job=self._job, position__range=around)
            for comic, was_in, name in changed.values_list("comic", "folder", "name"):
                names.pop(comic, "")
                if was_in == folder:
                    names[comic] = name
        return tuple(sorted(names.values())[:MOST])


@lru_cache(maxsize=8)
def company_in(job: str) -> Company:
    return Company(job)
