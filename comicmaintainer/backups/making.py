"""Make a backup while all goes on: the database as of one moment."""

import json
import os
import shutil
import sqlite3
import subprocess  # nosec B404
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from comicmaintainer.backups.archive import (
    DUMP,
    FORMAT,
    KEY,
    MANIFEST,
    SQLITE,
    BackupError,
    check,
    pack,
    workplace,
)
from jobs.models import Job
from library.models import Change, Comic, Library

PATTERN = "comicmaintainer-*.tar.gz"


@dataclass(frozen=True)
class Backup:
    file: Path
    manifest: dict[str, Any]


def back_up(target: Path) -> Backup:
    """Into the file `target`, or into a new one in the folder `target`; while all goes on.

    Raises BackupError, or OSError.
    """
    target = target.expanduser().absolute()
    if target.is_dir():
        target /= f"comicmaintainer-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.tar.gz"
    if target.exists():
        raise BackupError(f"{target} exists already; it is not written over.")
    with workplace(target.parent) as folder:
        database = _snapshot(folder) if connection.vendor == "sqlite" else _dump(folder)
        manifest = _manifest(database.name)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2))
        names = [MANIFEST, database.name]
        if key := _key_file():
            shutil.copyfile(key, folder / KEY)
            names.append(KEY)
        pack(folder, names, target)
    return Backup(target, manifest)


def keep_newest(folder: Path, count: int) -> list[Path]:
    """Delete all but so many backups in a folder, by the times in their names; which."""
    old = sorted(folder.glob(PATTERN))[: -max(1, count)]
    for file in old:
        file.unlink()
    return old


def _snapshot(folder: Path) -> Path:
    """In one step, so that it is of one moment however much is written meanwhile."""
    file = folder / SQLITE
    with closing(sqlite3.connect(file)) as copy:
        with connection.cursor() as cursor:
            cursor.connection.backup(copy)
        # One file, without a log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
    check(file)
    return file


def _dump(folder: Path) -> Path:
    """What pg_dump writes; its password does not stand among the arguments. Raises BackupError."""
    file = folder / DUMP
    facts = settings.DATABASES["default"]
    password = {"PGPASSWORD": str(facts["PASSWORD"])} if facts.get("PASSWORD") else {}
    places = {"--host": "HOST", "--port": "PORT", "--username": "USER", "--dbname": "NAME"}
    options = [f"{option}={facts[key]}" for option, key in places.items() if facts.get(key)]
    command = ["pg_dump", "--format=custom", "--no-password", f"--file={file}", *options]
    try:
        done = subprocess.run(  # no shell, no word of a stranger's # nosec B603
            command,
            env={"PATH": os.defpath, "LC_ALL": "C", **password},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise BackupError("There is no pg_dump here: install PostgreSQL's client.") from error
    if done.returncode:
        raise BackupError(f"pg_dump failed: {done.stderr.strip()}")
    return file


def _manifest(database: str) -> dict[str, Any]:
    loader = MigrationLoader(connection)
    return {
        "format": FORMAT,
        "made_at": datetime.now(UTC).isoformat(),
        "database": database,
        "migrations": sorted(".".join(each) for each in loader.applied_migrations),
        "libraries": dict(Library.objects.values_list("name", "path")),
        "counts": {
            "comics": Comic.objects.count(),
            "changes": Change.objects.count(),
            "jobs": Job.objects.count(),
        },
        "settings": _hints(),
    }


def _hints() -> dict[str, Any]:
    """What to set again, without secrets."""
    return {
        "DATA_DIR": str(settings.DATA_DIR),
        "COMICS": settings.COMICS,
        "BASE_PATH": settings.BASE_PATH,
        "ALLOWED_HOSTS": ",".join(settings.ALLOWED_HOSTS),
        "TIME_ZONE": settings.TIME_ZONE,
        "TRASH_DAYS": settings.TRASH_DAYS,
        "HISTORY_DAYS": settings.HISTORY_DAYS,
        "JOB_RETENTION_DAYS": settings.JOB_RETENTION_DAYS,
    }


def _key_file() -> Path | None:
    """The file of the secret key, where it comes out of one in the data folder."""
    file = Path(settings.DATA_DIR) / KEY
    is_used = file.exists() and file.read_text().strip() == settings.SECRET_KEY
    return file if is_used else None
