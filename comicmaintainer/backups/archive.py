"""The form of a backup: one .tar.gz with what it is, the database and the secret key."""

import gzip
import os
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import IO

FORMAT = 1
MANIFEST, SQLITE, DUMP, KEY = "backup.json", "db.sqlite3", "database.dump", "secret-key"


class BackupError(Exception):
    """Nothing was changed; `str()` says why."""


@contextmanager
def workplace(parent: Path) -> Iterator[Path]:
    """A folder for this user alone, on the disk where its content will stay."""
    folder = Path(mkdtemp(prefix=".comicmaintainer-backup-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check(file: Path) -> None:
    """Raises BackupError."""
    try:
        with closing(sqlite3.connect(file)) as database:
            (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            database.execute("SELECT 1 FROM django_migrations LIMIT 1").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"The database is damaged: {error}.") from error
    if found != "ok":
        raise BackupError(f"The database is damaged: {found}.")


def pack(folder: Path, names: list[str], target: Path) -> None:
    draft = folder / "backup.tar.gz"
    with draft.open("xb") as raw:
        draft.chmod(0o600)
        with tarfile.open(fileobj=raw, mode="w:gz") as archive:
            for name in names:
                archive.add(folder / name, name, recursive=False, filter=_plain)
        raw.flush()
        os.fsync(raw.fileno())
    draft.rename(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


@contextmanager
def opened(file: Path) -> Iterator[tarfile.TarFile]:
    """Raises BackupError where it is none."""
    try:
        with tarfile.open(file, "r:gz") as archive:
            yield archive
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BackupError(f"{file} is damaged, or no backup: {error}.") from error


def member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    """Raises KeyError, also where it is no plain file."""
    found = archive.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found


def extract(archive: tarfile.TarFile, name: str, target: Path) -> None:
    """Raises BackupError."""
    try:
        source = member(archive, name)
    except KeyError as error:
        raise BackupError(f"The backup holds no {name}.") from error
    with target.open("xb") as file:
        target.chmod(0o600)
        shutil.copyfileobj(source, file)
        file.flush()
        os.fsync(file.fileno())
