"""Which comics of a job get the names that they are to have, and in which order.

Pure: from where they lie and where they are to go. Names are compared as systems do that know no
case (`library.naming.folded`), so that a plan which is safe here is safe on a network share too.
A name goes to the first that wants it. One that another comic of the job has now is free once that
comic has moved, so it has to be moved first (a chain); where the last one in such a row waits for
the first one's name, they change places together (a cycle).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from library.naming import folded

Place = tuple[int, str]
"""A library and a folded path in it."""


@dataclass(frozen=True, slots=True)
class Move:
    """One item that is to give its comic another path."""

    position: int
    library: int
    path: str
    target: str

    @property
    def origin(self) -> Place:
        return self.library, folded(self.path)

    @property
    def goal(self) -> Place:
        return self.library, folded(self.target)


@dataclass(frozen=True, slots=True)
class Seat:
    """What is to be said of a move before it begins."""

    why_not: Literal["", "taken", "wanted"] = ""
    """taken: by a comic that stays. wanted: by one that comes first."""
    other: str = ""
    """The path of that other comic."""
    other_target: str = ""
    """Where it is to go."""
    turn: int = 0
    after: int | None = None
    """The item whose comic has the name now."""
    cycle: tuple[int, ...] = ()
    """The items that change places together: each gets the name that the next one has."""


def seats(moves: Sequence[Move], standing: Mapping[Place, str]) -> dict[int, Seat]:
    """By position; only for those of which there is something to say.

    `moves` in the order of their positions; `standing`: the paths of comics that stay, by place.
    """
    return _Seating(moves, standing).seats


class _Seating:
    def __init__(self, moves: Sequence[Move], standing: Mapping[Place, str]) -> None:
        self.seats: dict[int, Seat] = {}
        self._moves = moves
        self._origins = {move.origin: n for n, move in enumerate(moves)}
        self._turns: dict[int, int | None] = {}
        """By move: its turn; None where it stays after all."""
        winners: dict[Place, Move] = {}
        for n, move in enumerate(moves):
            if move.goal in standing:
                self._refuse(n, "taken", standing[move.goal])
            elif (first := winners.setdefault(move.goal, move)) is not move:
                self._refuse(n, "wanted", first.path, first.target)
        for n in range(len(moves)):
            self._follow(n)

    def _refuse(
        self, n: int, why: Literal["taken", "wanted"], other: str, target: str = ""
    ) -> None:
        self._turns[n] = None
        self.seats[self._moves[n].position] = Seat(why, other, target)

    def _follow(self, start: int) -> None:
        """To the end of the row of those that wait for each other, and back."""
        row: list[int] = []
        n: int | None = start
        while n is not None and n not in self._turns:
            row.append(n)
            n = self._before(n)
            if n == start:
                self._turn_round(row)
                return
        turn = -1 if n is None else self._turns[n]
        while row:
            last, n = n, row.pop()
            if turn is None and last is not None:
                self._refuse(n, "taken", self._moves[last].path)
                continue
            assert turn is not None  # noqa: S101 - the row ended at a free name
            turn += 1
            self._turns[n] = turn
            if last is not None:
                after = self._moves[last].position
                self.seats[self._moves[n].position] = Seat(turn=turn, after=after)

    def _before(self, n: int) -> int | None:
        """The move of the comic that has the name now; None where the name is free, or its own."""
        before = self._origins.get(self._moves[n].goal)
        return None if before == n else before

    def _turn_round(self, row: list[int]) -> None:
        cycle = tuple(self._moves[n].position for n in row)
        for n in row:
            self._turns[n] = 0
            self.seats[self._moves[n].position] = Seat(cycle=cycle)
