import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.library.archives.hostile import Kind, kinds
from tests.library.archives.making import make_comic

MAX_SECONDS = 10
MAX_MEMORY_BYTES = 300 * 2**20
_ORDER = ("ok", "warn", "damaged", "refused")


def snapshot(folder: Path) -> dict[str, tuple[int, int, int, str]]:
    """Everything about each entry but when it was last read."""
    found = {}
    for path in sorted(folder.iterdir()):
        status = path.lstat()
        is_small = path.is_file() and not path.is_symlink() and status.st_size < 2**30
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if is_small else ""
        found[path.name] = (status.st_mode, status.st_size, status.st_mtime_ns, digest)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[Kind, Path]]]:
    folder = tmp_path_factory.mktemp("hostile")
    make_comic(folder / "sound.cbz")
    paths = []
    for number, kind in enumerate(kinds()):
        path = folder / f"{number:03}{kind.suffix}"
        kind.make(path)
        paths.append((kind, path))
    return folder, paths


def answers(paths: list[Path]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.library.archives.hostile_child"],
        input="".join(json.dumps(str(path)) + "\n" for path in paths),
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_kind_gets_its_verdict_in_bounds_and_nothing_is_touched(
    made: tuple[Path, list[tuple[Kind, Path]]],
) -> None:
    folder, paths = made
    assert len(paths) >= 120
    before = snapshot(folder)
    given = answers([path for _, path in paths])
    wrong = [
        (kind.name, kind.seen, kind.read, answer)
        for (kind, _), answer in zip(paths, given, strict=True)
        if (answer["seen"], answer["read"]) != (kind.seen, kind.read)
    ]
    assert wrong == []
    worse = [a for a in given if a["read"] in _ORDER]
    assert [a for a in worse if _ORDER.index(a["decoded"]) < _ORDER.index(a["read"])] == []
    slow = [
        (k.name, a["seconds"])
        for (k, _), a in zip(paths, given, strict=True)
        if a["seconds"] > MAX_SECONDS
    ]
    assert slow == []
    assert max(answer["memory_bytes"] for answer in given) < MAX_MEMORY_BYTES
    for answer in given:
        assert answer["seen"] == "ok" or answer["reason"].endswith((".", "”."))
    assert snapshot(folder) == before
