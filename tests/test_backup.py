"""A backup is made while a server works, and a new server goes on from it."""

import json
import sqlite3
import subprocess
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.services import database, empty_database, needs_services, token
from tests.serving import DataFolder, make_data_folder, serving
from tests.waiting import until

ITEMS = 20_000
"""More than can be done in the time of the test, however long that takes."""


@pytest.mark.timeout(300)
def test_a_backup_under_load_is_whole_and_a_new_server_goes_on_from_it(tmp_path: Path) -> None:
    data = make_data_folder(tmp_path / "data", WORKERS="2")
    (tmp_path / "backups").mkdir()
    with serving(data) as site:
        job = str(site.submit("count", options={"count": ITEMS, "pause_ms": 20})["job_id"])
        until(lambda: site.job(job)["progress"]["processed"] >= 20, "some items")
        made = json.loads(data.manage("backup", str(tmp_path / "backups"), "--json").stdout)
        assert site.job(job)["status"] == "processing"
    file = Path(made["file"])
    assert file.parent == tmp_path / "backups"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]

    new = DataFolder(tmp_path / "new", data.key, {"WORKERS": "2"})
    assert "Restored" in new.manage("restore", str(file)).stdout
    with closing(sqlite3.connect(new.path / "db.sqlite3")) as restored:
        assert restored.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (done,) = restored.execute("SELECT count(*) FROM jobs_jobitem WHERE n > 0").fetchone()
        (counted,) = restored.execute("SELECT changed FROM jobs_job").fetchone()
    assert 20 <= done == counted < ITEMS
    key = (data.path / "secret-key").read_text()
    assert (new.path / "secret-key").read_text() == key
    assert (new.path / "secret-key").stat().st_mode & 0o777 == 0o600
    with serving(new) as site:
        until(lambda: site.job(job)["progress"]["processed"] > done, "the job to go on")


@needs_services
def test_with_postgresql_a_new_server_goes_on_from_what_pg_restore_has_put_back(
    tmp_path: Path,
) -> None:
    (tmp_path / "comics").mkdir()
    with database() as settings, empty_database() as address:
        data = DataFolder(tmp_path / "data", "", settings)
        data.manage("addlibrary", str(tmp_path / "comics"), "--name", "Mine")
        made = json.loads(data.manage("backup", str(tmp_path), "--json").stdout)
        assert made["database"] == "database.dump"
        refused = data.manage("restore", made["file"], check=False)
        assert (refused.returncode, "pg_restore" in refused.stderr) == (2, True)
        # As docs/deployment.md says.
        with tarfile.open(made["file"]) as archive:
            archive.extract("database.dump", tmp_path, filter="data")
        dump = str(tmp_path / "database.dump")
        subprocess.run(["pg_restore", "--no-owner", "--dbname", address, dump], check=True)
        new = DataFolder(tmp_path / "new", "", {**settings, "DATABASE_URL": address})
        new.manage("migrate", "--check")
        new.key = token()
        with serving(new) as site, site.client() as client:
            (library,) = client.get("/api/libraries/").json()["results"]
        assert (library["name"], library["path"]) == ("Mine", str(tmp_path / "comics"))
