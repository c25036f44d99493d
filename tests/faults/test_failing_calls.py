"""Every call to the file system and the journal fails, each in every way."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.calls import FEW, KINDS
from tests.faults.cases import (
    FULL,
    MOVES,
    RENAME,
    REWRITE,
    WAYS,
    Case,
    Way,
    every_call,
    reference,
)

pytestmark = pytest.mark.django_db


def kinds(way: Way) -> Sequence[tuple[str, bool]]:
    """And whether there is renameat2."""
    if FULL:
        return [(kind, renameat2) for kind in KINDS for renameat2 in (True, False)]
    every = KINDS if way in (REWRITE, RENAME) else FEW
    return [*((kind, True) for kind in every), *((kind, False) for kind in FEW)]


CASES = [(way, *kind) for way in (*WAYS, *MOVES) for kind in kinds(way)]


@pytest.mark.parametrize(("way", "kind", "renameat2"), CASES, ids=str)
def test_whatever_call_fails_the_comic_is_wholly_old_or_wholly_new(
    tmp_path: Path, way: Way, renameat2: bool, kind: str
) -> None:
    result, count = reference(tmp_path / "comics", way, renameat2=renameat2)
    for nth in every_call(count):
        case = Case(tmp_path / "comics", way, renameat2)
        case.run(KINDS[kind](nth))
        case.check_result(result)
