import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from library import disks, renaming
from library.disks import exchanges_names
from library.renaming import CannotExchange


@pytest.fixture(autouse=True)
def untried() -> Iterator[None]:
    disks._exchanges.clear()
    yield
    disks._exchanges.clear()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The exchanges that were tried; none succeeds."""
    tried: list[str] = []

    def refuse(folder: int, name: str, other: str) -> None:
        assert {name, other} <= set(os.listdir(folder))
        tried.append(name)
        raise CannotExchange

    monkeypatch.setattr(renaming, "exchange", refuse)
    return tried


def test_a_disk_that_can_is_found_out_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "a.cbz").touch()
    assert exchanges_names(tmp_path) is True
    assert sorted(p.name for p in tmp_path.iterdir()) == [".comicmaintainer", "a.cbz"]
    assert list((tmp_path / ".comicmaintainer").iterdir()) == []


def test_one_that_cannot_is_tried_once(tmp_path: Path, calls: list[str]) -> None:
    for name in ("one", "two", "one"):
        (tmp_path / name / "Ash").mkdir(parents=True, exist_ok=True)
        assert exchanges_names(tmp_path / name) is False
    assert len(calls) == 1
    assert list((tmp_path / "one" / ".comicmaintainer").iterdir()) == []


def test_nothing_is_made_where_a_disk_may_be_away(tmp_path: Path) -> None:
    assert exchanges_names(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    assert exchanges_names(tmp_path / "gone") is None


def test_where_nothing_can_be_written_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.cbz").touch()

    def read_only(*args: object, **kwargs: object) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "mkdir", read_only)
    assert exchanges_names(tmp_path) is None


def test_a_link_in_the_place_of_our_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "comics").mkdir()
    (tmp_path / "comics" / ".comicmaintainer").symlink_to(tmp_path / "elsewhere")
    assert exchanges_names(tmp_path / "comics") is None
    assert list((tmp_path / "elsewhere").iterdir()) == []
