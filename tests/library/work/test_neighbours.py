import os
from pathlib import Path

from library.metadata.filenames.siblings import MOST
from library.work.neighbours import neighbours


def comics(folder: Path, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()


def test_only_comics_are_neighbours(tmp_path: Path) -> None:
    comics(tmp_path, "Moss 1.cbz", "Moss 2.CBR", "cover.jpg")
    assert set(neighbours(tmp_path / "Moss 1.cbz")) == {"Moss 1.cbz", "Moss 2.CBR"}


def test_a_folder_is_read_again_after_a_while_and_former_names_stay(tmp_path: Path) -> None:
    now = 100.0
    comics(tmp_path, "Moss 1.cbz", "Moss 2.cbz")
    path = tmp_path / "Moss 1.cbz"
    assert len(neighbours(path, clock=lambda: now)) == 2
    (tmp_path / "Moss 2.cbz").rename(tmp_path / "Moss - Chapter 0002.cbz")
    os.utime(tmp_path, ns=(1, 1))
    assert len(neighbours(path, clock=lambda: now + 1)) == 2
    later = neighbours(path, clock=lambda: now + 60)
    assert set(later) == {"Moss 1.cbz", "Moss 2.cbz", "Moss - Chapter 0002.cbz"}


def test_a_huge_folder_gives_only_some_names(tmp_path: Path) -> None:
    comics(tmp_path, *(f"Moss {n}.cbz" for n in range(MOST + 50)))
    assert len(neighbours(tmp_path / "Moss 1.cbz")) == MOST


def test_a_folder_that_cannot_be_read_has_no_neighbours(tmp_path: Path) -> None:
    assert neighbours(tmp_path / "gone" / "Moss 1.cbz") == ()
