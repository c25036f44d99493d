import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "60"))


@pytest.mark.timeout(60 + ROUNDS)
def test_whenever_it_is_killed_every_comic_is_wholly_old_or_wholly_new(tmp_path: Path) -> None:
    seed = os.environ.get("FAULT_SEED", "7")
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.killing", str(tmp_path), str(ROUNDS), seed],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["broken"] == []
    assert found["killed"] > ROUNDS / 4
    assert {"done", "taken_back"} <= found["endings"].keys()
