"""Put a backup back."""

import json
import tarfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from comicmaintainer.backups.archive import (
    FORMAT,
    KEY,
    MANIFEST,
    SQLITE,
    BackupError,
    check,
    extract,
    member,
    opened,
    workplace,
)

OURS = {"comicmaintainer", "jobs", "library"}
_GONE_WITH_THE_DATABASE = ("db.sqlite3-wal", "db.sqlite3-shm", "queue.sqlite3*")


def restore(file: Path) -> dict[str, Any]:
    """Put a backup into the data folder, which has no database; its manifest.

    Nobody may serve or work there. Raises BackupError, or OSError.
    """
    data = Path(settings.DATA_DIR)
    if connection.vendor != "sqlite":
        raise BackupError(
            "With DATABASE_URL the database is restored by pg_restore: see docs/deployment.md."
        )
    database = data / SQLITE
    if database.exists() and database.stat().st_size:
        raise BackupError(f"{database} exists. Move it away first, or set another DATA_DIR.")
    with workplace(data) as folder, opened(file) as archive:
        manifest = _read_manifest(archive)
        extract(archive, SQLITE, folder / SQLITE)
        check(folder / SQLITE)
        for pattern in _GONE_WITH_THE_DATABASE:
            for old in data.glob(pattern):
                old.unlink()
        # Last, because it is what makes the data folder one that is in use.
        if KEY in archive.getnames():
            extract(archive, KEY, folder / KEY)
            (folder / KEY).replace(data / KEY)
        (folder / SQLITE).replace(database)
    return manifest


def _read_manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    """Raises BackupError where this version cannot restore it."""
    try:
        manifest: dict[str, Any] = json.load(member(archive, MANIFEST))
        made_with = set(manifest["migrations"])
        database, number = manifest["database"], manifest["format"]
    except (ValueError, LookupError, TypeError) as error:
        raise BackupError("This is no backup of ComicMaintainer.") from error
    known = {".".join(each) for each in MigrationLoader(None).disk_migrations or {}}
    ours = {name for name in made_with if name.split(".")[0] in OURS}
    if number != FORMAT or not ours <= known:
        raise BackupError("The backup is of a newer version: install that one, then restore.")
    if database != SQLITE:
        raise BackupError("The backup is of PostgreSQL: see docs/deployment.md for pg_restore.")
    return manifest
