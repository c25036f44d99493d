import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError
from django.db.models import QuerySet

from jobs import checks
from jobs.models import WorkerNode

MOUNTS = """\
22 1 0:20 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/l
23 22 0:21 / /proc rw - proc proc rw
24 22 8:1 / /mnt/comics rw - ext4 /dev/sda1 rw
25 22 0:40 / /mnt/nas rw,relatime shared:9 master:2 - nfs4 nas:/share rw,vers=4.2
26 25 0:41 / /mnt/nas/my\\040disk rw - btrfs /dev/sdb rw
27 22 0:42 / /mnt/cloud rw - fuse.rclone cloud: rw
28 22 0:43 / /mnt/usb rw - fuseblk /dev/sdc1 rw
29 22 0:44 / /mnt/twice rw - ext4 /dev/sdd rw
30 22 0:45 / /mnt/twice rw - cifs //nas/share rw
"""


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "mountinfo"
    file.write_text(MOUNTS)
    monkeypatch.setattr(checks, "MOUNTS", file)
    return file


@pytest.fixture
def postgresql(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Any:
    monkeypatch.setattr(checks, "connection", SimpleNamespace(vendor="postgresql"))
    settings.REDIS_URL = ""
    return settings


def test_the_usual_set_up_has_nothing_to_say() -> None:
    assert [said for said in run_checks() if str(said.id).startswith("jobs.")] == []


@pytest.mark.parametrize("name", [".", "db.sqlite3-wal", "worker.lock"])
def test_what_cannot_be_written_in_the_data_folder_is_named(
    name: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    for file in ("db.sqlite3-wal", "worker.lock", "secret-key"):
        (tmp_path / file).touch()
    assert checks.check_data_folder(None) == []
    # Root may write everything, so the system's answer is made up.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path / name)
    (error,) = checks.check_data_folder(None)
    assert (error.id, error.msg) == ("jobs.E001", f"Cannot be written: {tmp_path / name}.")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/data", "overlay"),
        ("/mnt/comics/data", "ext4"),
        ("/mnt/comics2", "overlay"),
        ("/mnt/nas", "nfs4"),
        ("/mnt/nas/data", "nfs4"),
        ("/mnt/nas/my disk/data", "btrfs"),
        ("/mnt/twice/data", "cifs"),
    ],
)
def test_the_file_system_is_that_of_the_innermost_mount(path: str, kind: str, mounts: Path) -> None:
    assert checks.file_system(Path(path), mounts) == kind


def test_a_system_that_does_not_tell_its_mounts_is_trusted(tmp_path: Path) -> None:
    assert checks.file_system(tmp_path, tmp_path / "absent") == ""


@pytest.mark.parametrize("path", ["/mnt/nas/data", "/mnt/cloud/data", "/mnt/twice"])
def test_sqlite_on_a_network_file_system_is_warned_of(
    path: str, mounts: Path, settings: Any
) -> None:
    settings.DATA_DIR = Path(path)
    (warning,) = checks.check_file_system(None)
    assert warning.id == "jobs.W001"
    assert "DATABASE_URL" in (warning.hint or "")


@pytest.mark.parametrize("path", ["/data", "/mnt/comics", "/mnt/usb/data"])
def test_local_disks_and_containers_are_fine(path: str, mounts: Path, settings: Any) -> None:
    settings.DATA_DIR = Path(path)
    assert checks.check_file_system(None) == []


def test_without_sqlite_the_data_folder_may_be_anywhere(mounts: Path, postgresql: Any) -> None:
    postgresql.DATA_DIR = Path("/mnt/nas/data")
    assert [warning.id for warning in checks.check_file_system(None)] == ["jobs.W001"]
    postgresql.REDIS_URL = "redis://localhost"
    assert checks.check_file_system(None) == []


def test_a_time_limit_for_no_operation_is_an_error(settings: Any) -> None:
    settings.ITEM_TIMEOUTS = {"count": 5, "dance": 5}
    (error,) = checks.check_item_timeouts(None)
    assert error.id == "jobs.E004"
    assert "dance" in error.msg and "count" in (error.hint or "")


@pytest.mark.django_db
def test_a_worker_elsewhere_without_redis_is_warned_of(postgresql: Any) -> None:
    WorkerNode.objects.create(pk="ours", host=checks.socket.gethostname(), pid=1)
    assert checks.check_redis(None, databases=["default"]) == []
    WorkerNode.objects.create(pk="other", host="elsewhere", pid=1)
    (warning,) = checks.check_redis(None, databases=["default"])
    assert (warning.id, "elsewhere" in warning.msg) == ("jobs.W002", True)
    assert checks.check_redis(None) == []
    postgresql.REDIS_URL = "redis://localhost"
    assert checks.check_redis(None, databases=["default"]) == []


def test_before_the_first_migration_nothing_is_said(
    postgresql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(queryset: Any) -> Any:
        raise DatabaseError("no such table")

    monkeypatch.setattr(QuerySet, "__iter__", missing)
    assert checks.check_redis(None, databases=["default"]) == []
