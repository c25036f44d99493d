"""What a job that renames makes of all its comics together, from their rows: no file is opened."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext as _

from jobs.operations import Arrangement, Check
from library.collisions import Move, Seat, seats
from library.collisions import Place as Goal
from library.company import Company
from library.exceptions import ComicError
from library.metadata.merging import is_numbered
from library.models import Comic
from library.naming import folded, split
from library.work.rules import NO_COMICINFO
from library.work.rules import Comic as Facts

CHUNK = 2000
MOST_TOGETHER = 100
"""More do not change places at once."""

Foresight = Callable[[Comic, Facts], str]
"""The path that a comic is to have; its own where it stays. Raises ComicError if it is skipped."""


@dataclass(frozen=True)
class Note:
    """What an item is told of the others."""

    target: str
    """Where it is to go; its folder is spelled as the library has it already."""
    problem: str = ""
    others: tuple[str, ...] = ()
    """Where the comic is, or will be, that is in the way."""
    after: int | None = None
    """The item that has to give the name up first."""
    cycle: tuple[int, ...] = field(default=())
    """The items that change places together, this one among them."""

    @classmethod
    def of(cls, text: str) -> "Note | None":
        if not text:
            return None
        values: dict[str, Any] = json.loads(text)
        values |= {name: tuple(each) for name, each in values.items() if isinstance(each, list)}
        return cls(**values)

    def text(self) -> str:
        return json.dumps({name: value for name, value in asdict(self).items() if value})


def arrangements(
    items: Iterable[tuple[int, int]], target: Foresight, check: Check
) -> Iterator[Arrangement]:
    """`items`: positions with comics' ids."""
    moves, respelled = _moves(items, target, check)
    if not moves:
        return
    found = seats(moves, _standing(moves, check))
    check()
    for move in moves:
        seat = found.get(move.position)
        if seat is not None or move.position in respelled:
            yield _arrangement(move, seat or Seat())


def _arrangement(move: Move, seat: Seat) -> Arrangement:
    problem = ""
    if seat.why_not == "taken":
        problem = _("“%s” exists already.") % seat.other
    elif seat.why_not == "wanted":
        problem = _("“%s” gets this name.") % seat.other
    elif len(seat.cycle) > MOST_TOGETHER:
        problem = _("%d comics would have to change places at once.") % len(seat.cycle)
    cycle = () if problem else seat.cycle
    others = tuple(filter(None, (seat.other, seat.other_target)))
    note = Note(move.target, problem, others, seat.after, cycle)
    return Arrangement(move.position, note.text(), seat.turn)


def _moves(
    items: Iterable[tuple[int, int]], target: Foresight, check: Check
) -> tuple[list[Move], set[int]]:
    """The moves, and the positions of those whose folder is spelled otherwise."""
    moves: list[Move] = []
    respelled: set[int] = set()
    spellings: dict[int, Spellings] = {}
    company = Company()
    items = iter(items)
    while part := list(islice(items, CHUNK)):
        check()
        comics = _read(part)
        for position, pk in part:
            comic = comics.get(pk)
            wanted = comic and _target(comic, company, target)
            if not comic or not wanted or wanted == comic.path:
                continue
            folder, name = split(wanted)
            if folder != comic.folder:
                if comic.library_id not in spellings:
                    spellings[comic.library_id] = Spellings.of(comic.library_id)
                folder = spellings[comic.library_id].spell(folder)
            spelled = f"{folder}/{name}" if folder else name
            if spelled != wanted:
                respelled.add(position)
            if spelled != comic.path:
                moves.append(Move(position, comic.library_id, comic.path, spelled))
    return moves, respelled


def _read(part: Sequence[tuple[int, int]]) -> dict[int, Comic]:
    """Those that can be expected to be readable."""
    readable = Comic.objects.present().filter(verdict__in=[Comic.Verdict.OK, Comic.Verdict.WARN])
    columns = ("path", "folder", "name", "format", "tags", "state_reason", "page_count", "library")
    return readable.only(*columns).in_bulk([pk for _position, pk in part])


def _target(comic: Comic, company: Company, target: Foresight) -> str:
    facts = Facts(
        comic.name,
        comic.folder,
        None if comic.state_reason == NO_COMICINFO else comic.tags,
        siblings=() if is_numbered(comic.tags) else company.of(comic),
        pages=comic.page_count or 0,
    )
    try:
        return target(comic, facts)
    except ComicError:
        return ""


class Spellings:
    """How a library's folders are written, which on many systems are the same in any case."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._known: dict[str, str] = {"": ""}
        self._exact = {"": ""}
        for folder in folders:
            self.add(folder)

    @classmethod
    def of(cls, library: int) -> "Spellings":
        rows = Comic.objects.present().filter(library=library).order_by("folder")
        return cls(rows.values_list("folder", flat=True).distinct())

    def add(self, folder: str) -> None:
        path = PurePosixPath(folder)
        for part in (path, *path.parents):
            if part.name:
                self._exact[str(part)] = str(part)
                self._known.setdefault(folded(str(part)), str(part))

    def spell(self, folder: str) -> str:
        """As it is written already; else as it is given, from now on."""
        if folder in self._exact:
            return folder
        if (known := self._known.get(folded(folder))) is not None:
            return known
        above, _slash, name = folder.rpartition("/")
        above = self.spell(above)
        spelled = f"{above}/{name}" if above else name
        self.add(spelled)
        return spelled


def _standing(moves: Sequence[Move], check: Check) -> dict[Goal, str]:
    """Comics that stay, in the folders where others are to go."""
    movers = {(move.library, move.path) for move in moves}
    folders: dict[int, set[str]] = {}
    for move in moves:
        folders.setdefault(move.library, set()).add(split(move.target)[0])
    standing: dict[Goal, str] = {}
    for library, names in folders.items():
        ordered = iter(sorted(names))
        while part := list(islice(ordered, CHUNK // 4)):
            check()
            there = Comic.objects.present().filter(library=library, folder__in=part)
            for path in there.values_list("path", flat=True):
                if (library, path) not in movers:
                    standing[library, folded(path)] = path
    return standing
