"""The cache of pictures on disk, and that each is made once."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from jobs.operations import ItemError
from library import showing, thumbnails
from library.archives.exceptions import DamagedArchive, NoPicture
from library.exceptions import FileProblem
from library.models import Comic
from library.thumbnails import Key, NoThumbnail, find, keep, keep_reason, sweep
from library.work.show import Thumbnails
from tests.library.shelving import Shelf
from tests.waiting import until

WEBP = b"RIFF picture"
DAY_SECONDS = 86_400


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    return thumbnails.folder()


@pytest.fixture
def comic(db: None, tmp_path: Path) -> Comic:
    return Shelf(tmp_path / "comics").comic()


def key_of(comic: Comic, page: int = 1) -> Key:
    return Key(comic.pk, comic.version, page, 240)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.rglob("*") if file.is_file())


def test_what_is_kept_is_found_again(comic: Comic) -> None:
    key = key_of(comic)
    assert find(key) is None
    keep(key, WEBP)
    assert find(key) == WEBP
    keep_reason(key, "It is damaged.", may_pass=False)
    assert find(key) == NoThumbnail("It is damaged.")


def test_a_reason_that_may_pass_holds_for_an_hour(comic: Comic) -> None:
    key = key_of(comic)
    keep_reason(key, "It took too long.", may_pass=True)
    assert find(key) == NoThumbnail("It took too long.")
    before = time.time() - thumbnails.RETRY_SECONDS - 1
    os.utime(key.file, (before, before))
    assert find(key) is None
    keep_reason(key, "It is damaged.", may_pass=False)
    os.utime(key.file, (before, before))
    assert find(key) == NoThumbnail("It is damaged.")


def test_what_a_power_cut_has_emptied_is_made_anew(comic: Comic) -> None:
    keep(key_of(comic), WEBP)
    key_of(comic).file.write_bytes(b"")
    assert find(key_of(comic)) is None


def test_it_is_whole_or_not_there(
    comic: Comic, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fails)
    keep(key_of(comic), WEBP)
    assert find(key_of(comic)) is None
    assert names(folder) == []


def test_a_sweep_removes_what_is_of_no_comic_or_a_former_file(comic: Comic, folder: Path) -> None:
    former, gone = Key(comic.pk, "0-0", 1, 240), Key(comic.pk + 1, comic.version, 1, 240)
    for key in (key_of(comic), former, gone):
        keep(key, WEBP)
    new, old = folder / "00" / f"{comic.pk}.new", folder / "00" / "abc.new"
    new.parent.mkdir(exist_ok=True)
    new.touch()
    old.touch()
    os.utime(old, (0, 0))
    assert sweep() == 3
    assert names(folder) == sorted([key_of(comic).file.name, new.name])
    comic.delete()
    assert sweep() == 1


def test_a_sweep_keeps_what_was_used_last_within_the_limit(
    comic: Comic, settings: Any, folder: Path
) -> None:
    settings.THUMBNAILS_MB = 1
    for page in range(1, 6):
        keep(key_of(comic, page), b"R" + bytes(300_000))
        used = time.time() - page * DAY_SECONDS
        os.utime(key_of(comic, page).file, (used, used))
    assert sweep() == 2
    assert [page for page in range(1, 6) if key_of(comic, page).file.exists()] == [1, 2, 3]
    assert sweep() == 0


def test_a_server_without_a_worker_sweeps_as_it_fills(
    comic: Comic, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept = Event()
    monkeypatch.setattr(thumbnails, "SWEEP_EVERY", 1)
    monkeypatch.setattr(thumbnails, "sweep", swept.set)
    keep(key_of(comic), WEBP)
    assert swept.wait(20)


def made(comic: Comic) -> Thumbnails:
    return Thumbnails({1: WEBP}, comic.size_bytes, comic.mtime_ns)


def test_what_several_want_at_once_is_made_once(
    comic: Comic, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    go_on = Event()

    def run(function: str, *args: Any, **kwargs: Any) -> Thumbnails:
        calls.append(function)
        assert go_on.wait(20)
        return made(comic)

    monkeypatch.setattr(showing.errands, "run", run)
    with ThreadPoolExecutor(4) as people:
        wanted = [people.submit(showing.thumbnail, comic, 1, 240) for _ in range(4)]
        until(lambda: bool(calls), "the first call")
        go_on.set()
        assert [each.result().data for each in wanted] == [WEBP] * 4
    assert len(calls) == 1
    assert not showing._in_work


@pytest.mark.parametrize(
    ("error", "calls"),
    [(DamagedArchive("Damaged."), 1), (ItemError("Slow."), 1), (FileProblem("Gone."), 2)],
)
def test_a_comic_without_a_cover_is_tried_once_and_a_file_that_is_away_again(
    comic: Comic, monkeypatch: pytest.MonkeyPatch, error: Exception, calls: int
) -> None:
    tried = []

    def run(function: str, *args: Any, **kwargs: Any) -> None:
        tried.append(function)
        raise error

    monkeypatch.setattr(showing.errands, "run", run)
    for _ in range(2):
        with pytest.raises(NoPicture, match=str(error)):
            showing.thumbnail(comic, 1, 240)
    assert len(tried) == calls
