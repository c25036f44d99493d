import hashlib
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from library.archives.opening import inspect
from library.samples import SamplesError, make_samples
from library.work import process, scan


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.cbz")
    }


def test_the_samples_are_the_same_every_time(tmp_path: Path) -> None:
    assert len(make_samples(tmp_path / "a", count=40)) == 40
    make_samples(tmp_path / "b", count=40)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert len(digests(tmp_path / "a")) == 40


def test_the_samples_are_varied(tmp_path: Path) -> None:
    paths = make_samples(tmp_path, count=40)
    verdicts = Counter(inspect(path).verdict for path in paths)
    assert verdicts == {"ok": 37, "damaged": 2, "not_a_comic": 1}
    states = Counter(scan.examine({"path": str(path)})["state_reason"] for path in paths)
    assert states[""] >= 4
    for reason in ("No ComicInfo.xml", "Title missing", "Name does not follow the template"):
        assert states[reason] >= 2
    plans = [process.examine({"path": str(path)}, {}) for path in paths]
    clashing = [plan for plan in plans if plan.new_name == "Ash and Ember - Chapter 0099.cbz"]
    assert len(clashing) == 2


def test_pages_are_real_pictures(tmp_path: Path) -> None:
    from PIL import Image

    path = make_samples(tmp_path, count=1)[0]
    with zipfile.ZipFile(path) as archive, archive.open("001.jpg") as page:
        assert Image.open(page).size == (400, 600)


def test_a_folder_that_holds_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SamplesError, match="not empty"):
        make_samples(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("count", [0, 1, 11, 12])
def test_any_count_is_met(tmp_path: Path, count: int) -> None:
    assert len(make_samples(tmp_path, count=count)) == count
