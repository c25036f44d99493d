"""Several files that change places: each gets the name that the next one has.

Two are exchanged in one step at a time, so that every name leads to a whole file at every moment;
without an exchange in the file system one of them has a hidden name meanwhile. Where the files lie
tells how far it came: so it goes on, or back, from wherever it was interrupted.
"""

import os
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from library.exceptions import FileChanged
from library.files import FileIdentity, exists_at, identity_at
from library.renaming import CannotExchange, exchange, rename_to_free_name

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spot:
    folder: int
    """A descriptor."""
    name: str


@dataclass(frozen=True, slots=True)
class Traveller:
    file: FileIdentity
    home: Spot
    aside: Spot
    """Where it waits if it has to."""


def rounds(
    things: Sequence[T], origin: Callable[[T], Hashable], goal: Callable[[T], Hashable]
) -> list[list[T]]:
    """Those together whose goals are each other's origins, each before the one whose origin it is
    to get; all others alone."""
    by_origin = {origin(thing): n for n, thing in enumerate(things)}
    round_of: dict[int, list[int]] = {}
    for start in range(len(things)):
        row: dict[int, None] = {}
        n: int | None = start
        while n is not None and n not in round_of and n not in row:
            row[n] = None
            n = by_origin.get(goal(things[n]))
        for each in row:
            round_of[each] = [each]
        if n in row:
            members = list(row)[list(row).index(n) :]
            round_of |= dict.fromkeys(members, members)
    return [
        [things[n] for n in members]
        for first, members in sorted(round_of.items())
        if first == min(members)
    ]


class Rotation:
    """Each goes to the home of the next one. Looks where the files are when it is made."""

    def __init__(self, travellers: Sequence[Traveller]) -> None:
        self._travellers = travellers
        self._homes = dict(enumerate(each.home for each in travellers))
        spots = [spot for each in travellers for spot in (each.home, each.aside)]
        lying = {spot: identity_at(spot.folder, spot.name) for spot in spots}
        self._at: dict[int, Spot] = {}
        for n, each in enumerate(travellers):
            at = [s for s, file in lying.items() if file == each.file.within(s.folder)]
            if len(at) == 2 and self._is_alone(n):
                # Killed between the link and the unlink that stand for a rename.
                left = at.pop(0 if at[0] == each.aside else 1)
                os.unlink(left.name, dir_fd=left.folder)
            if len(at) == 1:
                self._at[n] = at[0]

    def _is_alone(self, n: int) -> bool:
        """Two of them that are one file under two names cannot be told apart."""
        inodes = [each.file.inode for each in self._travellers]
        return inodes.count(inodes[n]) == 1

    @property
    def is_whole(self) -> bool:
        """All are there."""
        return len(self._at) == len(self._travellers)

    @property
    def is_begun(self) -> bool:
        return any(spot != self._homes[n] for n, spot in self._at.items())

    def go_round(self) -> None:
        """Raises FileChanged where one is missing, or someone else's file is in the way."""
        if not self.is_whole:
            raise FileChanged
        count = len(self._homes)
        if self._left({n: self._homes[(n + 1) % count] for n in self._homes}):
            raise FileChanged

    def go_back(self) -> None:
        """As far as there is room; nobody's file is taken over."""
        self._left({n: self._homes[n] for n in self._at})

    def _left(self, goals: dict[int, Spot]) -> list[int]:
        """Those that cannot come to their goals, after all others are there."""
        for _ in range(2 * len(goals) + 1):
            waiting = [n for n, goal in goals.items() if self._at[n] != goal]
            if not waiting or not any(self._step(n, goals[n]) for n in waiting):
                return waiting
        return waiting

    def _step(self, n: int, goal: Spot) -> bool:
        """Whether something was done for it."""
        if self._at[n] == goal:
            return True
        occupant = next((m for m, spot in self._at.items() if spot == goal), None)
        if occupant is not None:
            return self._exchange(n, occupant)
        if exists_at(goal.folder, goal.name):
            return False
        self._move(n, goal)
        return True

    def _exchange(self, n: int, other: int) -> bool:
        here, there = self._at[n], self._at[other]
        try:
            exchange(here.folder, here.name, there.name, other_folder=there.folder)
        except CannotExchange:
            aside = self._travellers[n].aside
            if here == aside:
                return False  # the other one has to move first
            self._move(n, aside)
            return True
        if not self._is(n, there) or not self._is(other, here):
            exchange(here.folder, here.name, there.name, other_folder=there.folder)
            raise FileChanged
        self._at[n], self._at[other] = there, here
        return True

    def _move(self, n: int, to: Spot) -> None:
        here = self._at[n]
        rename_to_free_name(here.folder, here.name, to.name, new_folder=to.folder)
        if not self._is(n, to):
            rename_to_free_name(to.folder, to.name, here.name, new_folder=here.folder)
            raise FileChanged
        self._at[n] = to

    def _is(self, n: int, spot: Spot) -> bool:
        file = self._travellers[n].file
        return identity_at(spot.folder, spot.name) == file.within(spot.folder)
