"""Every call to the file system and the journal fails, each in every way."""

from pathlib import Path

import pytest

from tests.faults.calls import KINDS
from tests.faults.cases import FULL, MOVES, WAYS, Case, Way, every_call, reference

pytestmark = pytest.mark.django_db


# One error is like another where the code does not ask which it is; the full run tries them all.
SYSTEMS = [(kind, True) for kind in KINDS]
SYSTEMS += [(kind, False) for kind in KINDS if FULL or kind in ("EIO", *list(KINDS)[-2:])]


FEW = [("EIO", True), ("killed before", True), ("killed after", False)]
CASES = [(way, *system) for way in WAYS for system in SYSTEMS]
CASES += [(way, *system) for way in MOVES for system in (SYSTEMS if FULL else FEW)]


@pytest.mark.parametrize(("way", "kind", "renameat2"), CASES, ids=str)
def test_whatever_call_fails_the_comic_is_wholly_old_or_wholly_new(
    tmp_path: Path, way: Way, renameat2: bool, kind: str
) -> None:
    result, count = reference(tmp_path / "comics", way, renameat2=renameat2)
    for nth in every_call(count):
        case = Case(tmp_path / "comics", way, renameat2)
        case.run(KINDS[kind](nth))
        case.check_result(result)
