"""Do the pure half of an operation for several comics in one call into the child."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from library.archives import building
from library.archives.constructions import BuiltFile
from library.exceptions import ComicError
from library.files import try_each
from library.work.process import Plan


def examine_all(
    work: str, comics: Sequence[Mapping[str, Any]], options: Mapping[str, Any]
) -> list[Plan | ComicError]:
    """What `examine` of that module says of each."""
    examine = import_module(work).examine
    plans: dict[int, Plan] = {}
    problems: dict[int, ComicError] = {}

    def step(n: int) -> None:
        plans[n] = examine(comics[n], options)

    try_each(range(len(comics)), step, problems)
    return [problems.get(n) or plans[n] for n in range(len(comics))]


def build_all(work: str, plans: Sequence[Plan]) -> list[BuiltFile | ComicError | None]:
    """Build what `construction` of that module makes of each; None where that is nothing."""
    construction = import_module(work).construction
    constructions = [construction(plan) for plan in plans]
    built = iter(building.build_all([each for each in constructions if each is not None]))
    return [None if each is None else next(built) for each in constructions]
