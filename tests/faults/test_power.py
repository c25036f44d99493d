from pathlib import Path

import pytest

from tests.faults.cases import MOVES, WAYS, Way
from tests.faults.power import cut_everywhere

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("way", [*WAYS, *MOVES], ids=str)
def test_whenever_the_power_is_cut_the_comic_is_wholly_old_or_wholly_new(
    tmp_path: Path, way: Way
) -> None:
    assert cut_everywhere(tmp_path / "comics", way) > 20
