import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from library.legacy.reading import Legacy, read
from tests.library.legacy.old import add_history, everything_in, make_old_folder


def test_settings_marks_and_history_are_read(tmp_path: Path) -> None:
    folder = make_old_folder(
        tmp_path / "Config",
        config={"filename_format": "{series} {issue}", "issue_number_padding": 3},
        marks={"/w/a.cbz": "processed", "/w/b.cbz": "duplicate"},
        history=[{"filepath": "/w/a.cbz", "before_title": "Old", "after_title": "Chapter 1"}],
    )
    legacy = read(folder)
    assert (legacy.format, legacy.padding) == ("{series} {issue}", 3)
    assert legacy.marks == {"processed": {"/w/a.cbz"}, "duplicate": {"/w/b.cbz"}}
    (record,) = legacy.history
    assert (record.path, record.operation) == ("/w/a.cbz", "process")
    assert (record.before, record.after) == ({"title": "Old"}, {"title": "Chapter 1"})
    assert record.when.isoformat() == "2025-10-09T08:53:20.500000+00:00"
    assert (legacy.left_out, legacy.problems) == ([], [])


def test_nothing_of_theirs_is_written_to(tmp_path: Path) -> None:
    folder = make_old_folder(tmp_path / "Config", marks={"/w/a.cbz": "processed"})
    before = everything_in(folder)
    read(folder)
    assert everything_in(folder) == before


def test_what_is_still_in_the_log_of_the_database_is_read_too(tmp_path: Path) -> None:
    folder = make_old_folder(tmp_path / "Config")
    with closing(sqlite3.connect(folder / "store" / "comicmaintainer.db")) as open_still:
        open_still.execute("PRAGMA wal_autocheckpoint=0")
        open_still.execute("INSERT INTO markers VALUES ('/w/late.cbz', 'processed')")
        add_history(open_still, {"filepath": "/w/late.cbz"})
        open_still.commit()
        before = everything_in(folder)
        legacy = read(folder)
        assert everything_in(folder) == before
    assert legacy.marks["processed"] == {"/w/late.cbz"}
    assert [record.path for record in legacy.history] == ["/w/late.cbz"]


def test_marks_of_older_versions_are_read(tmp_path: Path) -> None:
    markers = tmp_path / "markers"
    markers.mkdir()
    (markers / "processed_files.json").write_text(json.dumps({"files": ["/w/a.cbz", 7]}))
    with closing(sqlite3.connect(markers / "markers.db")) as store:
        store.execute("CREATE TABLE markers (filepath TEXT, marker_type TEXT)")
        store.execute("INSERT INTO markers VALUES ('/w/b.cbz', 'duplicate')")
        store.commit()
    legacy = read(tmp_path)
    assert legacy.marks == {"processed": {"/w/a.cbz"}, "duplicate": {"/w/b.cbz"}}
    assert "store/comicmaintainer.db is missing" in " ".join(legacy.problems)


def test_what_has_no_place_here_is_named_and_secrets_are_not_shown(tmp_path: Path) -> None:
    folder = make_old_folder(
        tmp_path / "Config",
        config={"github_token": "ghp_secret", "log_max_bytes": 5},
        marks={"/w/a.cbz": "web_modified"},
    )
    (folder / "jobs.db").touch()
    (folder / "notes.txt").touch()
    said = "\n".join(read(folder).left_out)
    for part in ("github_token", "log_max_bytes", "“web_modified” (1)", "jobs.db", "notes.txt"):
        assert part in said
    assert "ghp_secret" not in said


@pytest.mark.parametrize("content", ["{", "[]", '{"filename_format": 5}', "\udcff"])
def test_a_broken_configuration_is_named_and_the_defaults_are_taken(
    tmp_path: Path, content: str
) -> None:
    folder = make_old_folder(tmp_path / "Config")
    (folder / "config.json").write_bytes(content.encode(errors="surrogateescape"))
    legacy = read(folder)
    assert legacy.format == Legacy().format
    assert any("config.json" in problem for problem in legacy.problems)


def test_a_broken_database_is_named(tmp_path: Path) -> None:
    folder = make_old_folder(tmp_path / "Config")
    (folder / "store" / "comicmaintainer.db").write_bytes(b"not a database" * 100)
    legacy = read(folder)
    assert len(legacy.problems) == 2
    assert "markers" in legacy.problems[0]
    assert "processing_history" in legacy.problems[1]


def test_entries_that_make_no_sense_are_counted(tmp_path: Path) -> None:
    folder = make_old_folder(
        tmp_path / "Config",
        history=[
            {"filepath": "/w/a.cbz", "timestamp": "yesterday"},
            {"filepath": b"\xff", "timestamp": 1.0},
            {"filepath": "/w/a.cbz", "timestamp": 1e300},
            {"filepath": "/w/a.cbz"},
        ],
    )
    legacy = read(folder)
    assert len(legacy.history) == 1
    assert legacy.problems == [
        "store/comicmaintainer.db: entries of the history that make no sense: 3"
    ]


def test_an_empty_folder_says_what_is_missing(tmp_path: Path) -> None:
    problems = " ".join(read(tmp_path).problems)
    assert "config.json is missing" in problems
    assert "store/comicmaintainer.db is missing" in problems
