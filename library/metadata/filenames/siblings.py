"""What the other names in a folder say of a number: whether it varies, or belongs to the series."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from library.metadata.filenames.brackets import take_brackets
from library.metadata.filenames.numbers import plain
from library.metadata.filenames.spelling import spelled

MOST = 200
"""So many siblings tell enough; more would only take time."""
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_NUMBERS = 5
"""So many in a name are looked at; hostile names have a hundred."""
_FEW = 3
"""Fewer names alike prove nothing."""

Variation = dict[str, frozenset[str]]
"""What stands before a number, other numbers left out: the values that the number takes there."""


@lru_cache(maxsize=16)
def variation(siblings: tuple[str, ...]) -> Variation:
    found: dict[str, list[str]] = {}
    for name in siblings[:MOST]:
        text, _ = take_brackets(spelled(name))
        for match in islice(_NUMBER.finditer(text), _NUMBERS):
            found.setdefault(_before(text, match.start()), []).append(plain(match[0]))
    enough = {before: values for before, values in found.items() if len(values) >= _FEW}
    if "" in enough and not _count_up(enough[""], len(siblings)):
        del enough[""]
    return {before: frozenset(values) for before, values in enough.items()}


def _count_up(values: Sequence[str], names: int) -> bool:
    """Whether the numbers at the beginning of names tell the order of the whole folder.

    It may as well hold three series called 100 Bullets, 2000 AD and 52.
    """
    numbers = [float(value) for value in values]
    return 2 * len(values) >= names and max(numbers) - min(numbers) <= 2 * len(values)


def varies(text: str, start: int, siblings: Sequence[str]) -> bool | None:
    """Whether the number that begins there is another one in names alike; None: too few to say."""
    values = variation(tuple(siblings)).get(_before(text, start))
    return None if values is None else len(values) > 1


def _before(text: str, start: int) -> str:
    return _NUMBER.sub("#", text[:start]).casefold().strip()
