"""Which comics are duplicates of each other, from what is known of their names and pages."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Literal

from library.likeness import TOLERANCES, Likeness, Match, Pages
from library.same_names import Name, same

Way = Literal["equal", "alike", "name"]
WAYS: tuple[Way, ...] = ("equal", "alike", "name")
"""The surest first."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one comic."""

    comic: int
    name: Name | None
    fingerprint: str
    hashes: bytes
    """8 bytes for each page (`library.likeness`)."""


@dataclass(frozen=True, slots=True)
class Relation:
    """How one comic of a group is a duplicate of its keeper."""

    way: Way
    is_certain: bool
    text: str


class Duplicates:
    """Groups of comics, each of which has a link to another one of its group in one of the ways.

    `apart`: comics that are known not to be duplicates of each other, by what they have in common:
    two comics that share one of these numbers are not linked.
    """

    def __init__(
        self,
        comics: Sequence[Known],
        *,
        ways: Collection[Way] = WAYS,
        likeness: Likeness = "usual",
        apart: Mapping[int, Collection[int]] | None = None,
    ) -> None:
        self._comics = comics
        self._ways = [way for way in WAYS if way in ways]
        self._tolerance = TOLERANCES[likeness]
        self._apart = {comic: frozenset(numbers) for comic, numbers in (apart or {}).items()}

    def groups(self) -> list[list[int]]:
        """Places in the sequence, in its order; every group has two or more."""
        union = _Union(len(self._comics))
        for one, other in self._links():
            union.join(one, other)
        return union.groups()

    def relation(self, keeper: int, other: int, *, others: Sequence[int] = ()) -> Relation:
        """Of two of a group; where they have no link to each other, by one of the `others`."""
        relation = self._direct(keeper, other)
        if relation is not None:
            return relation
        found = (self._direct(each, other) for each in others if each != other)
        ways = [relation.way for relation in found if relation is not None]
        way = min(ways, key=WAYS.index, default=self._ways[-1])
        return Relation(way, is_certain=False, text="Like another one of them")

    def _direct(self, keeper: int, other: int) -> Relation | None:
        one, two = self._comics[keeper], self._comics[other]
        names = {each.name.key for each in (one, two) if each.name}
        is_named = one.name is not None and two.name is not None
        is_same_name = is_named and len(names) == 1
        relation = self._by_pages(keeper, other)
        if relation is None:
            is_found = "name" in self._ways and is_same_name
            text = "The same series and number"
            return Relation("name", is_certain=False, text=text) if is_found else None
        if is_named and not is_same_name:
            # Somebody has to look at two whose names say that they are different issues.
            text = f"{relation.text}, under another number"
            return replace(relation, is_certain=False, text=text)
        return relation

    def _by_pages(self, one: int, other: int) -> Relation | None:
        first, second = self._comics[one], self._comics[other]
        is_equal = bool(first.fingerprint) and first.fingerprint == second.fingerprint
        if "equal" in self._ways and is_equal:
            return Relation("equal", is_certain=True, text="The same pages")
        match = self._match(one, other)
        if match is None:
            return None
        text = f"{match.pages} of {match.larger} pages look alike"
        return Relation("alike", is_certain=match.is_close, text=text)

    def _match(self, one: int, other: int) -> Match | None:
        if "alike" not in self._ways:
            return None
        return self._pages.match(one, other, self._tolerance)

    @cached_property
    def _pages(self) -> Pages:
        return Pages([each.hashes for each in self._comics])

    def _links(self) -> Iterator[tuple[int, int]]:
        if "equal" in self._ways:
            yield from self._linked(self._equal())
        if "alike" in self._ways:
            pairs = ([m.first, m.second] for m in self._pages.matches(self._tolerance))
            yield from self._linked(pairs)
        if "name" in self._ways:
            names = {n: each.name for n, each in enumerate(self._comics) if each.name}
            yield from self._linked(same(names))

    def _equal(self) -> Iterator[list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for number, each in enumerate(self._comics):
            if each.fingerprint:
                found[each.fingerprint].append(number)
        return (numbers for numbers in found.values() if len(numbers) > 1)

    def _linked(self, found: Iterator[list[int]]) -> Iterator[tuple[int, int]]:
        """Each with the first one, or with all where some are known to be no duplicates."""
        for numbers in found:
            if not any(self._comics[number].comic in self._apart for number in numbers):
                yield from ((numbers[0], number) for number in numbers[1:])
            else:
                yield from (pair for pair in combinations(numbers, 2) if not self._are_apart(*pair))

    def _are_apart(self, one: int, other: int) -> bool:
        nothing: frozenset[int] = frozenset()
        first, second = (self._apart.get(self._comics[n].comic, nothing) for n in (one, other))
        return bool(first & second)


class _Union:
    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def join(self, one: int, other: int) -> None:
        self._parents[self._root(one)] = self._root(other)

    def groups(self) -> list[list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for number in range(len(self._parents)):
            found[self._root(number)].append(number)
        return [numbers for numbers in found.values() if len(numbers) > 1]

    def _root(self, number: int) -> int:
        parents = self._parents
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number
