import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from jobs.locking import server_lock

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's backup"),
]


@pytest.fixture
def backup(tmp_path: Path, settings: Any) -> Path:
    settings.METRICS_TOKEN = "a-secret-1"
    file = tmp_path / "backup.tar.gz"
    call_command("backup", str(file), "--quiet")
    return file


@pytest.fixture
def new(tmp_path: Path, settings: Any) -> Path:
    """The data folder of another installation."""
    folder = tmp_path / "new"
    folder.mkdir()
    settings.DATA_DIR = folder
    return folder


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as archive:
        found = {each.name: archive.extractfile(each) for each in archive}
        return {name: content.read() for name, content in found.items() if content}


def made_of(file: Path, held: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w:gz") as archive:
        for name, content in held.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file


def refused(*words: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command(*words)
    assert refused.value.returncode == 2
    return str(refused.value)


def test_a_backup_says_what_it_is_and_holds_no_setting_that_is_secret(backup: Path) -> None:
    held = members(backup)
    assert set(held) == {"backup.json", "db.sqlite3", "secret-key"}
    manifest = json.loads(held["backup.json"])
    assert manifest["database"] == "db.sqlite3"
    assert "library.0001_initial" in manifest["migrations"]
    assert manifest["counts"]["comics"] == 0
    assert b"a-secret-1" not in held["backup.json"]


def test_a_backup_comes_back(backup: Path, new: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for old in ("queue.sqlite3", "queue.sqlite3-wal", "db.sqlite3-wal"):
        (new / old).write_bytes(b"of another database")
    call_command("restore", str(backup))
    assert capsys.readouterr().out.startswith("Restored: as of 20")
    assert {file.name for file in new.glob("[!.]*") if file.suffix != ".lock"} == {
        "db.sqlite3",
        "secret-key",
    }
    assert (new / "db.sqlite3").read_bytes() == members(backup)["db.sqlite3"]
    assert (new / "secret-key").stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_over(backup: Path, new: Path) -> None:
    before = backup.read_bytes()
    assert "exists already" in refused("backup", str(backup))
    assert backup.read_bytes() == before
    (new / "db.sqlite3").write_bytes(b"mine")
    assert "Move it away first" in refused("restore", str(backup))
    assert (new / "db.sqlite3").read_bytes() == b"mine"


def test_what_cannot_be_written_or_read_is_said(tmp_path: Path, new: Path) -> None:
    assert "cannot be written" in refused("backup", str(tmp_path / "nowhere" / "b.tar.gz"))
    assert "cannot be restored" in refused("restore", str(tmp_path / "nowhere.tar.gz"))
    assert "--keep goes with a folder" in refused("backup", str(tmp_path), "--keep", "0")
    assert "--keep goes with a folder" in refused("backup", str(tmp_path / "b"), "--keep", "2")


def test_only_the_newest_are_kept_and_other_files_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    names = [f"comicmaintainer-2026-01-0{day}-000000.tar.gz" for day in (1, 2, 3)]
    for name in [*names, "mine.tar.gz"]:
        (folder / name).touch()
    call_command("backup", str(folder), "--keep", "2", "--json")
    made = json.loads(capsys.readouterr().out)
    assert made["deleted"] == 2
    left = {file.name for file in folder.iterdir()}
    assert left == {names[2], "mine.tar.gz", Path(made["file"]).name}


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ("cut off", "damaged, or no backup"),
        ("no archive", "damaged, or no backup"),
        ("no manifest", "no backup of ComicMaintainer"),
        ("empty manifest", "no backup of ComicMaintainer"),
        ("newer", "newer version"),
        ("bad database", "The database is damaged"),
        ("no database", "holds no db.sqlite3"),
        ("other database", "pg_restore"),
    ],
)
def test_what_is_no_good_backup_is_refused_and_leaves_nothing(
    backup: Path, new: Path, tmp_path: Path, harm: str, reason: str
) -> None:
    file = tmp_path / "harmed.tar.gz"
    held = members(backup)
    manifest = json.loads(held["backup.json"])
    if harm == "cut off":
        file.write_bytes(backup.read_bytes()[:-5000])
    elif harm == "no archive":
        file.write_bytes(b"hello")
    else:
        if harm == "newer":
            manifest["migrations"].append("library.9999_future")
        if harm == "other database":
            manifest["database"] = "database.dump"
        held["backup.json"] = json.dumps({} if harm == "empty manifest" else manifest).encode()
        if harm == "no manifest":
            del held["backup.json"]
        if harm == "bad database":
            held["db.sqlite3"] = held["db.sqlite3"][:8192] + os.urandom(80_000)
        if harm == "no database":
            del held["db.sqlite3"]
        made_of(file, held)
    assert reason in refused("restore", str(file))
    assert {each.suffix for each in new.iterdir()} <= {".lock"}


def test_a_link_in_a_backup_is_not_followed(backup: Path, new: Path, tmp_path: Path) -> None:
    file = made_of(tmp_path / "evil.tar.gz", {"backup.json": members(backup)["backup.json"]})
    with tarfile.open(tmp_path / "evil2.tar.gz", "w:gz") as archive:
        for name, content in members(file).items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("db.sqlite3")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert "holds no db.sqlite3" in refused("restore", str(tmp_path / "evil2.tar.gz"))


def test_while_a_server_runs_nothing_is_restored(backup: Path, new: Path) -> None:
    with server_lock():
        assert "server already runs" in refused("restore", str(backup))
