"""Comics that somebody moved or renamed: the row goes along, with its id and all that is known.

What is gone and what is new are first paired by what the listing tells; the pair is then read,
and holds only where the content says the same. What could be two things is never guessed: such a
comic is missing, and the file is new.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Generic, TypeVar

from library.models import Comic, Library, TrashedFile
from library.walking import Found
from library.work.scan import Scanned


@dataclass(frozen=True, slots=True)
class Known:
    """What a row says of a file."""

    pk: int
    path: str
    size: int
    mtime_ns: int
    has_fingerprint: bool


@dataclass(frozen=True, slots=True)
class Move:
    pk: int
    path: str
    """Where the file seems to be now."""
    is_sure: bool
    """Its size and its date are those of the row; else its pages have to prove it."""


def pairs(gone: Iterable[Known], new: Iterable[Found]) -> list[Move]:
    """Which of the new files are comics that are gone. Pure: no file is looked at."""
    # An empty file is like every other one; it is also what stands for one that nobody could read.
    gone, new = [k for k in gone if k.size], [s for s in new if s.size]
    found = []
    for known, seen in _pairs_by_size_and_date(gone, new):
        found.append(Move(known.pk, seen.path, is_sure=True))
    pks, paths = {move.pk for move in found}, {move.path for move in found}
    left = Groups[int]()
    for known in gone:
        if known.pk not in pks and known.has_fingerprint:
            left.add_gone(known.size, known)
    for seen in new:
        if seen.path not in paths:
            left.add_new(seen.size, seen)
    for known, seen in left.only_pairs():
        found.append(Move(known.pk, seen.path, is_sure=False))
    return found


def _pairs_by_size_and_date(
    gone: Sequence[Known], new: Sequence[Found]
) -> Iterator[tuple[Known, Found]]:
    groups = Groups[tuple[int, int]]()
    for known in gone:
        groups.add_gone((known.size, known.mtime_ns), known)
    for seen in new:
        groups.add_new((seen.size, seen.mtime_ns), seen)
    yield from groups.only_pairs()
    # Files written in one second, on a disk that knows no finer date: their names tell them apart.
    for some_gone, some_new in groups.even_ones():
        named = Groups[str]()
        for known in some_gone:
            named.add_gone(PurePosixPath(known.path).name, known)
        for seen in some_new:
            named.add_new(PurePosixPath(seen.path).name, seen)
        yield from named.only_pairs()


K = TypeVar("K", bound=Hashable)


class Groups(Generic[K]):
    """What is gone and what is new, by what they have in common."""

    def __init__(self) -> None:
        self._groups: dict[K, tuple[list[Known], list[Found]]] = defaultdict(lambda: ([], []))

    def add_gone(self, key: K, known: Known) -> None:
        self._groups[key][0].append(known)

    def add_new(self, key: K, seen: Found) -> None:
        self._groups[key][1].append(seen)

    def only_pairs(self) -> Iterator[tuple[Known, Found]]:
        for gone, new in self._groups.values():
            if len(gone) == len(new) == 1:
                yield gone[0], new[0]

    def even_ones(self) -> Iterator[tuple[list[Known], list[Found]]]:
        """Groups of as many that are gone as are new, more than one."""
        return ((gone, new) for gone, new in self._groups.values() if len(gone) == len(new) > 1)


def missing_before(library: Library, sizes: set[int]) -> list[Known]:
    """Comics of these sizes that were missed by earlier scans, but for those in the trash: these
    come back by themselves."""
    trashed = TrashedFile.objects.filter(library=library, change__comic__isnull=False)
    rows = library.comics.filter(present=False).exclude(pk__in=trashed.values("change__comic"))
    values = rows.values_list("pk", "path", "size_bytes", "mtime_ns", "fingerprint")
    return [
        Known(pk, path, size, mtime_ns, bool(fingerprint))
        for pk, path, size, mtime_ns, fingerprint in values.iterator()
        if size in sizes
    ]


def is_same(comic: Comic, scanned: Scanned, fingerprint: str) -> bool:
    """Whether what was read is the comic; `fingerprint` only where its date is another one."""
    identity = scanned["identity"]
    if identity is None or identity["size"] != comic.size_bytes:
        return False
    if identity["mtime_ns"] != comic.mtime_ns:
        return bool(comic.fingerprint) and fingerprint == comic.fingerprint
    tags = scanned["tags"]
    said = (scanned["page_count"] or None, tags.get("Series", ""), tags.get("Number", ""))
    return said == (comic.page_count, comic.series, comic.issue)
