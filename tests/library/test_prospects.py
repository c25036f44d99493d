"""What is said of a folder that may become a library, while its path is typed."""

from itertools import count
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from library import prospects
from library.models import Library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three comics, and what is none."""
    for name in ("a.cbz", "in/b.CBZ", "in/c.cbr", "in/d.cbz.part", ".trash/e.cbz", "f.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    return tmp_path


def test_it_counts_the_comics_by_format_and_leaves_hidden_ones_out(
    db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prospects.rar_readers, "working_readers", lambda: ["libarchive"])
    assert prospects.look(str(folder)) == prospects.Prospect(counts={"cbz": 2, "cbr": 1})


def test_it_says_what_is_missing_for_the_files_that_are_there(
    db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prospects.rar_readers, "working_readers", lambda: [])
    monkeypatch.setattr(prospects.os, "access", lambda path, mode: mode != prospects.os.W_OK)
    found = prospects.look(str(folder))
    assert found.lacks_rar and not found.is_writable and not found.problem


def test_it_counts_in_part_where_there_is_too_much(
    db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prospects, "SECONDS", -1)
    found = prospects.look(str(folder))
    assert (found.counts, found.is_whole) == ({"cbz": 1}, False)


def test_the_time_is_looked_at_before_each_folder(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcd":
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.cbz").touch()
    ticks = count()
    monkeypatch.setattr(prospects, "monotonic", lambda: next(ticks))
    monkeypatch.setattr(prospects, "SECONDS", 2)
    found = prospects.look(str(tmp_path))
    assert (found.counts, found.is_whole) == ({"cbz": 2}, False)


def test_a_folder_that_was_not_seen_to_its_end_is_not_said_to_be_empty(
    client: Client, admin: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    monkeypatch.setattr(prospects, "SECONDS", -1)
    client.force_login(admin)
    page = client.get("/settings/prospect/", {"path": str(tmp_path)}).content.decode()
    assert "No comics were found so far." in page


def test_it_says_why_a_folder_cannot_be_used(db: None, folder: Path) -> None:
    assert "There is no folder" in prospects.look(str(folder / "none")).problem
    Library.objects.create(name="All", path=str(folder))
    assert "inside the library “All”" in prospects.look(str(folder / "in")).problem


def test_the_page_shows_it_to_administrators_alone(
    client: Client, admin: User, folder: Path
) -> None:
    client.force_login(admin)
    page = client.get("/settings/prospect/", {"path": str(folder)}).content.decode()
    assert "Found here:" in page and "2 CBZ" in page
    assert "Found here" not in client.get("/settings/prospect/", {"path": " "}).content.decode()
    client.force_login(User.objects.create_user("eve"))
    assert client.get("/settings/prospect/", {"path": str(folder)}).status_code == 403
