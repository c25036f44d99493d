import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "60")) // 4


@pytest.mark.timeout(60 + ROUNDS)
def test_of_two_processes_at_one_comic_or_one_name_exactly_one_gets_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.racing", str(tmp_path), str(ROUNDS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
