"""Configuration folders as the old ComicMaintainer left them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

FIELDS = ["filename", "title", "series", "issue", "publisher", "year", "volume"]
COLUMNS = [f"{side}_{field}" for field in FIELDS for side in ("before", "after")]


def make_old_folder(
    folder: Path,
    *,
    config: dict[str, Any] | None = None,
    marks: dict[str, str] | None = None,
    history: list[dict[str, Any]] | None = None,
) -> Path:
    """`marks`: of which path, `history`: rows with at least `filepath`."""
    (folder / "store").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config or {}))
    with closing(sqlite3.connect(folder / "store" / "comicmaintainer.db")) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.executescript(
            "CREATE TABLE files (filepath TEXT PRIMARY KEY NOT NULL, last_modified REAL NOT NULL,"
            " file_size INTEGER, added_timestamp REAL NOT NULL);"
            "CREATE TABLE markers (filepath TEXT NOT NULL, marker_type TEXT NOT NULL,"
            " PRIMARY KEY (filepath, marker_type));"
            "CREATE TABLE metadata (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL);"
            "CREATE TABLE processing_history (id INTEGER PRIMARY KEY AUTOINCREMENT,"
            " filepath TEXT NOT NULL, timestamp REAL NOT NULL,"
            f" {', '.join(f'{column} TEXT' for column in COLUMNS)}, operation_type TEXT NOT NULL);"
        )
        store.executemany("INSERT INTO markers VALUES (?, ?)", (marks or {}).items())
        for row in history or []:
            add_history(store, row)
        store.commit()
    return folder


def add_history(store: sqlite3.Connection, row: dict[str, Any]) -> None:
    row = {"timestamp": 1_760_000_000.5, "operation_type": "process", **row}
    names, places = ", ".join(row), ", ".join("?" * len(row))
    store.execute(f"INSERT INTO processing_history ({names}) VALUES ({places})", [*row.values()])


def everything_in(folder: Path) -> dict[str, tuple[int, int, bytes | None]]:
    """Names, modes, times and bytes of all that lies in a folder, and of itself."""
    return {
        str(path): (
            path.stat().st_mode,
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else None,
        )
        for path in [folder, *folder.rglob("*")]
    }
