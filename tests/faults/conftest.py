import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.cases import FULL

MEMORY = Path("/dev/shm")  # noqa: S108
ENOUGH_BYTES = 2**28


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """In memory, where syncing takes no time; the full run has a disk below it."""
    if FULL or not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ENOUGH_BYTES:
        yield tmp_path
        return
    with TemporaryDirectory(dir=MEMORY, prefix="faults-") as folder:
        yield Path(folder)
