"""Disks that are full, read-only or not the library's own."""

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from library.exceptions import ComicError, FileProblem
from library.files import FileIdentity
from library.models import Change, TrashedFile
from library.recovering import recover_all
from tests.conftest import Mount
from tests.faults.calls import KINDS, failing_from, watching
from tests.library.archives.making import comic_bytes
from tests.library.shelving import Shelf, identity, sha256

pytestmark = pytest.mark.django_db


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def test_on_a_full_disk_the_comic_stays_and_the_reason_is_said(mount: Mount) -> None:
    shelf = Shelf(mount("full"))
    comic = shelf.comic(data=comic_bytes({"Series": "Ash"}) + b"")
    filler = shelf.root / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    former = sha256(comic.file)
    with pytest.raises(FileProblem, match="The disk is full"):
        shelf.change(comic, new_name="new.cbz")
    assert shelf.names() == ["Ash/old.cbz", "filler"]
    assert sha256(comic.file) == former
    assert not Change.objects.open().exists()
    filler.unlink()
    shelf.change(comic, new_name="new.cbz")
    assert shelf.names() == ["Ash/new.cbz"]


def test_on_a_read_only_disk_the_comic_stays_and_the_reason_is_said(mount: Mount) -> None:
    shelf = Shelf(mount("read-only"))
    comic = shelf.comic()
    remount(shelf.root, "ro")
    for rewrites in (True, False):
        with pytest.raises(FileProblem, match="read-only"):
            shelf.change(comic, rewrites=rewrites, new_name="new.cbz")
    assert shelf.names() == ["Ash/old.cbz"]
    assert not Change.objects.open().exists()


def test_a_disk_that_turns_read_only_at_any_call_leaves_it_to_recovery(tmp_path: Path) -> None:
    """It refuses to take anything back, too: the journal stays open until the disk is well."""
    for nth in range(1, 110, 3):
        shelf = Shelf(tmp_path / f"comics {nth}")
        comic = shelf.comic()
        expected: FileIdentity = identity(comic.file)
        with suppress(ComicError), watching(failing_from(nth, 30)):
            shelf.change(comic, new_name="new.cbz", keeps_original=True, expected=expected)
        list(recover_all())
        assert len(shelf.names()) == 1, nth
        assert not Change.objects.open().exists()
        comic.refresh_from_db()
        assert comic.file.exists()


def test_a_folder_on_another_disk_sends_its_originals_to_the_trash_all_the_same(
    mount: Mount, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path / "comics")
    mount("comics/Ash")
    comic = shelf.comic()
    former = sha256(comic.file)
    shelf.change(comic, keeps_original=True)
    assert shelf.trash() == [former]
    assert TrashedFile.objects.count() == 1
    assert shelf.names() == ["Ash/old.cbz"]


@pytest.mark.parametrize("kind", ["killed before", "killed after"])
def test_killed_while_carrying_an_original_to_another_disk_nothing_is_lost(
    mount: Mount, tmp_path: Path, kind: str
) -> None:
    root = tmp_path / "comics"
    mount("comics/Ash")
    for nth in range(75, 150, 2):
        for file in root.rglob("*.*"):
            if file.is_file():
                file.unlink()
        shelf = Shelf(root)
        comic = shelf.comic()
        former = sha256(comic.file)
        expected = identity(comic.file)
        with suppress(BaseException), watching(KINDS[kind](nth)):
            shelf.change(comic, keeps_original=True, expected=expected)
        list(recover_all())
        change = Change.objects.get()
        assert not change.is_open
        assert shelf.names() == ["Ash/old.cbz"]
        is_done = change.state == Change.State.DONE
        assert (former in shelf.trash()) if is_done else sha256(comic.file) == former
        shelf.library.delete()
