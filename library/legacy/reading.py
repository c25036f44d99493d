"""What the old ComicMaintainer kept in its configuration folder.

    config.json                   settings: `filename_format`, `issue_number_padding`, ...
    store/comicmaintainer.db      files, markers (processed, duplicate), processing_history
    markers/markers.db            the markers of versions before that
    markers/processed_files.json  and of those before: {"files": [...]}; also duplicate_files.json

SQLite writes beside a database that it opens, even to read it, so a copy is opened.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

DEFAULT_FORMAT = "{series} - Chapter {issue}"
DEFAULT_PADDING = 4
TAGS = ("title", "series", "issue", "publisher", "year", "volume")
"""Of a comic, in its history."""

_STORE = "store/comicmaintainer.db"
_MARKERS = "markers/markers.db"
_MARKS = {"processed": "processed_files.json", "duplicate": "duplicate_files.json"}
_READ = {"filename_format", "issue_number_padding", "watcher_enabled"}
_KNOWN_FILES = {"config.json", "store", "markers"}
_LEFT_OUT = {
    "file_store": "a list of files, which a scan makes anew",
    "jobs.db": "jobs that have ended",
    "preferences.db": "how its pages looked",
    "Log": "its log",
}


@dataclass(frozen=True)
class Record:
    """One entry of the old history."""

    number: int
    path: str
    """The file, absolute, as the old program saw it."""
    when: datetime
    operation: str
    before: dict[str, str]
    """What is known of `TAGS` and of "filename"."""
    after: dict[str, str]


@dataclass
class Legacy:
    format: str = DEFAULT_FORMAT
    padding: int = DEFAULT_PADDING
    is_watched: bool | None = None
    """Whether new files were processed by themselves; None where it does not say."""
    marks: dict[str, set[str]] = field(default_factory=lambda: {mark: set() for mark in _MARKS})
    """Absolute paths, as the old program saw them."""
    history: list[Record] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    """Files that were read."""
    left_out: list[str] = field(default_factory=list)
    """What is there and has no place here, in words."""
    problems: list[str] = field(default_factory=list)
    """What is missing, or cannot be read, in words."""


def read(folder: Path) -> Legacy:
    """Raises OSError where the folder itself cannot be read."""
    names = sorted(entry.name for entry in folder.iterdir())
    legacy = Legacy()
    _read_config(folder / "config.json", legacy)
    _read_store(folder, legacy)
    _read_older_marks(folder, legacy)
    for name in names:
        if name not in _KNOWN_FILES:
            legacy.left_out.append(f"{name}: {_LEFT_OUT.get(name, 'unknown')}")
    return legacy


def _read_config(file: Path, legacy: Legacy) -> None:
    try:
        config = json.loads(file.read_text())
    except FileNotFoundError:
        legacy.problems.append("config.json is missing: the old program's own defaults are taken.")
        return
    except (OSError, ValueError) as error:
        legacy.problems.append(f"config.json cannot be read: {error}")
        return
    if not isinstance(config, dict):
        legacy.problems.append("config.json holds no settings.")
        return
    legacy.found.append("config.json")
    legacy.format = _format(config, legacy)
    legacy.padding = _padding(config, legacy)
    watched = config.get("watcher_enabled")
    legacy.is_watched = watched if isinstance(watched, bool) else None
    # Names alone: one of them is a GitHub token.
    legacy.left_out += [f"config.json: {name}" for name in sorted(config.keys() - _READ)]


def _format(config: dict[str, Any], legacy: Legacy) -> str:
    given = config.get("filename_format", DEFAULT_FORMAT)
    if isinstance(given, str) and given.strip():
        return given
    legacy.problems.append("config.json: filename_format is no text; the old default is taken.")
    return DEFAULT_FORMAT


def _padding(config: dict[str, Any], legacy: Legacy) -> int:
    given = config.get("issue_number_padding", DEFAULT_PADDING)
    if str(given).isdecimal():
        return int(given)
    legacy.problems.append(
        "config.json: issue_number_padding is no whole number; the old default is taken."
    )
    return DEFAULT_PADDING


def _read_store(folder: Path, legacy: Legacy) -> None:
    if not (folder / _STORE).exists():
        legacy.problems.append(f"{_STORE} is missing: no history, and marks of old versions only.")
        return
    with _opened(folder, _STORE, legacy) as store:
        if store is not None:
            _read_marks(store, _STORE, legacy)
            _read_history(store, legacy)


def _read_older_marks(folder: Path, legacy: Legacy) -> None:
    if (folder / _MARKERS).exists():
        with _opened(folder, _MARKERS, legacy) as store:
            if store is not None:
                _read_marks(store, _MARKERS, legacy)
    for mark, name in _MARKS.items():
        file = folder / "markers" / name
        if not file.exists():
            continue
        try:
            paths = json.loads(file.read_text())["files"]
        except (OSError, ValueError, LookupError, TypeError) as error:
            legacy.problems.append(f"markers/{name} cannot be read: {error}")
            continue
        legacy.marks[mark] |= {path for path in paths if isinstance(path, str)}
        legacy.found.append(f"markers/{name}")


@contextmanager
def _opened(folder: Path, name: str, legacy: Legacy) -> Iterator[sqlite3.Connection | None]:
    """A copy, with what has not yet come from its log into the database itself."""
    with TemporaryDirectory(prefix="comicmaintainer-") as temporary:
        copy = Path(temporary) / "copy.db"
        try:
            shutil.copyfile(folder / name, copy)
            if (log := folder / f"{name}-wal").exists():
                shutil.copyfile(log, f"{copy}-wal")
        except OSError as error:
            legacy.problems.append(f"{name} cannot be read: {error.strerror}")
            yield None
            return
        legacy.found.append(name)
        with closing(sqlite3.connect(copy)) as store:
            store.row_factory = sqlite3.Row
            yield store


def _rows(store: sqlite3.Connection, name: str, table: str, legacy: Legacy) -> list[sqlite3.Row]:
    try:
        return store.execute(f"SELECT * FROM {table}").fetchall()  # a name of ours # nosec B608
    except sqlite3.Error as error:
        legacy.problems.append(f"{name}: the table {table} cannot be read ({error}).")
        return []


def _read_marks(store: sqlite3.Connection, name: str, legacy: Legacy) -> None:
    others: dict[str, int] = {}
    for row in map(dict, _rows(store, name, "markers", legacy)):
        mark, path = row.get("marker_type"), row.get("filepath")
        if mark in legacy.marks and isinstance(path, str):
            legacy.marks[mark].add(path)
        else:
            others[str(mark)] = others.get(str(mark), 0) + 1
    legacy.left_out += [f"{name}: marks “{mark}” ({count})" for mark, count in others.items()]


def _read_history(store: sqlite3.Connection, legacy: Legacy) -> None:
    unread = 0
    for row in map(dict, _rows(store, _STORE, "processing_history", legacy)):
        try:
            legacy.history.append(_record(row))
        except (LookupError, TypeError, ValueError, OverflowError):
            unread += 1
    if unread:
        legacy.problems.append(f"{_STORE}: entries of the history that make no sense: {unread}")


def _record(row: dict[str, Any]) -> Record:
    path = row["filepath"]
    if not isinstance(path, str):
        raise TypeError
    return Record(
        number=int(row["id"]),
        path=path,
        when=datetime.fromtimestamp(float(row["timestamp"]), tz=UTC),
        operation=str(row["operation_type"]),
        before=_known(row, "before"),
        after=_known(row, "after"),
    )


def _known(row: dict[str, Any], side: str) -> dict[str, str]:
    values = {name: row.get(f"{side}_{name}") for name in ("filename", *TAGS)}
    return {name: str(value) for name, value in values.items() if value not in (None, "")}
