import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from jobs import lifecycle
from jobs.models import Job
from jobs.worker import Worker
from library import comparing, scanning
from library.models import Comic, Library
from library.registering import register, remove
from tests.library.comics import make_comic
from tests.waiting import finished, until

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def library(worker: Worker, tmp_path: Path) -> Library:
    root = tmp_path / "comics"
    for number in range(1, 21):
        make_comic(root / "Ash" / f"Ash {number}.cbz", Series="Ash", Number=str(number))
    library = register(str(root))
    assert scan(library).status == Job.Status.COMPLETED
    return library


def scan(library: Library, **options: bool) -> Job:
    return finished(lifecycle.submit("scan", {"library": library.pk}, options=options))


def comic(name: str) -> Comic:
    return Comic.objects.get(name=name)


def test_a_scan_lists_comics_with_their_tags_and_what_is_wanting(library: Library) -> None:
    found = comic("Ash 3.cbz")
    assert (found.folder, found.format, found.page_count) == ("Ash", "cbz", 2)
    assert (found.series, found.issue, found.verdict) == ("Ash", "3", "ok")
    assert found.tags["Number"] == "3"
    assert found.state == Comic.State.NEEDS_WORK
    assert found.state_reason
    until(lambda: Library.objects.exclude(scanned_at=None).exists(), "the time of the scan")


def test_a_second_scan_opens_nothing_and_a_changed_file_is_read_again(library: Library) -> None:
    assert scan(library).total == 0
    make_comic(library.root / "Ash" / "Ash 3.cbz", pages=5, Series="Ash", Number="3")
    make_comic(library.root / "Ash" / "Ash 21.cbz")
    job = scan(library)
    assert (job.total, job.success) == (2, 2)
    assert comic("Ash 3.cbz").page_count == 5
    assert comic("Ash 21.cbz").state_reason == "No ComicInfo.xml"
    assert scan(library, reread=True).total == 21


def test_a_file_that_is_gone_is_marked_and_comes_back(library: Library) -> None:
    file = library.root / "Ash" / "Ash 3.cbz"
    file.rename(library.root / "away")
    scan(library)
    assert not comic("Ash 3.cbz").present
    assert comic("Ash 3.cbz").missing_since is not None
    (library.root / "away").rename(file)
    scan(library)
    assert comic("Ash 3.cbz").present
    assert comic("Ash 3.cbz").missing_since is None


def test_a_root_that_is_away_or_empty_forgets_nothing(library: Library) -> None:
    before = list(Comic.objects.order_by("pk").values())
    root = library.root
    root.rename(root.with_name("elsewhere"))
    missing = scan(library)
    root.mkdir()
    empty = scan(library)
    for job in (missing, empty):
        assert job.status == Job.Status.FAILED
        assert "Nothing was forgotten" in job.error
    assert list(Comic.objects.order_by("pk").values()) == before


def test_a_root_that_cannot_be_read_forgets_nothing(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list(Comic.objects.order_by("pk").values())

    def refuse(root: str, *args: Any, **options: Any) -> list[str]:
        raise PermissionError(13, "Permission denied", root)

    monkeypatch.setattr(comparing, "_look", refuse)
    job = scan(library)
    assert job.status == Job.Status.FAILED
    assert "cannot be read (Permission denied). Nothing was forgotten." in job.error
    assert list(Comic.objects.order_by("pk").values()) == before


def test_below_a_folder_that_cannot_be_read_nothing_is_gone(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_comic(library.root / "Ash" / "Deep" / "er" / "1.cbz")
    scan(library)
    look = comparing._look

    def refuse(root: str, folder: str, *args: Any, **options: Any) -> list[str]:
        if folder == "Ash":
            raise PermissionError(13, "Permission denied")
        return look(root, folder, *args, **options)

    monkeypatch.setattr(comparing, "_look", refuse)
    job = scan(library)
    assert (job.errors, job.total) == (1, 1)
    assert Comic.objects.present().count() == 21


def test_nothing_new_makes_no_items_and_reads_no_rows_twice(
    library: Library, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        found = list(scanning.batches(library, reread=False, accept_missing=False))
    assert found == []


def test_when_a_fifth_is_gone_the_scan_stops_and_asks(library: Library) -> None:
    before = list(Comic.objects.order_by("pk").values())
    for number in range(1, 8):
        (library.root / "Ash" / f"Ash {number}.cbz").unlink()
    job = scan(library)
    assert job.status == Job.Status.FAILED
    assert "7 of 20 comics" in job.error
    assert list(Comic.objects.order_by("pk").values()) == before
    assert scan(library, accept_missing=True).status == Job.Status.COMPLETED
    assert Comic.objects.present().count() == 13


@pytest.mark.skipif(AS_ROOT, reason="root reads every folder")
def test_an_unreadable_folder_is_a_failed_item_and_its_comics_stay(library: Library) -> None:
    folder = library.root / "Ash"
    folder.chmod(0)
    try:
        job = scan(library)
    finally:
        folder.chmod(0o755)
    assert job.errors == 1
    assert Comic.objects.present().count() == 20


def test_whatever_is_named_like_a_comic_is_listed_with_what_it_is(library: Library) -> None:
    odd = library.root / "Odd"
    odd.mkdir()
    (odd / "empty.cbz").touch()
    (odd / "text.cbz").write_text("This is no archive.")
    whole = make_comic(odd / "truncated.cbz").read_bytes()
    (odd / "truncated.cbz").write_bytes(whole[: len(whole) // 2])
    (odd / "folder.cbz").mkdir()
    make_comic(odd / "folder.cbz" / "inside.cbz", Series="Inside", Number="1")
    os.mkfifo(odd / "fifo.cbz")
    (odd / "link.cbz").symlink_to(library.root / "Ash" / "Ash 1.cbz")
    (odd / "book.cbr").write_bytes(b"Rar!\x1a\x07\x01\x00" + bytes(100))
    make_comic(odd / ".hidden.cbz")
    job = scan(library)
    assert job.status == Job.Status.COMPLETED
    verdicts = {c.name: c.verdict for c in Comic.objects.filter(folder__startswith="Odd")}
    assert verdicts.keys() == {
        "empty.cbz",
        "text.cbz",
        "truncated.cbz",
        "folder.cbz",
        "inside.cbz",
        "fifo.cbz",
        "link.cbz",
        "book.cbr",
    }
    assert verdicts["inside.cbz"] == "ok"
    assert verdicts["truncated.cbz"] == "damaged"
    assert verdicts["book.cbr"] in ("unread", "damaged")
    assert {"ok", "warn"}.isdisjoint(v for n, v in verdicts.items() if n != "inside.cbz")
    for found in Comic.objects.exclude(verdict__in=["ok"]):
        assert found.verdict_reason.endswith("."), found.name
        assert found.state == Comic.State.NEEDS_WORK


def test_a_name_that_is_not_utf8_is_listed_and_left_alone(library: Library) -> None:
    raw = os.fsencode(library.root) + b"/caf\xe9.cbz"
    shutil.copy(library.root / "Ash" / "Ash 1.cbz", raw)
    assert scan(library).errors == 0
    found = Comic.objects.get(path="caf\\xe9.cbz")
    assert found.state == Comic.State.NEEDS_WORK
    job = finished(lifecycle.submit("process", {"comics": [found.pk]}))
    item = job.items.get()
    assert item.outcome in ("skipped", "failed")
    assert "UTF-8" in item.message
    assert os.path.exists(raw)  # noqa: PTH110
    assert scan(library).total == 0


def test_a_first_scan_that_is_cancelled_is_none(worker: Worker, tmp_path: Path) -> None:
    """What it has not seen would pass for new, and might be processed."""
    for number in range(200):
        make_comic(tmp_path / f"Ash {number}.cbz")
    library = register(str(tmp_path), watch="process")
    job = lifecycle.submit("scan", {"library": library.pk})
    until(lambda: Comic.objects.exists(), "the first comics")
    lifecycle.cancel(job)
    assert finished(job).status == Job.Status.CANCELLED
    library.refresh_from_db()
    assert library.scanned_at is None
    scan(library)
    assert Comic.objects.count() == 200
    assert not Comic.objects.filter(is_new=True).exists()


def test_a_library_is_removed_in_the_middle_of_its_scan(worker: Worker, tmp_path: Path) -> None:
    for number in range(200):
        make_comic(tmp_path / f"Ash {number}.cbz")
    library = register(str(tmp_path))
    job = lifecycle.submit("scan", {"library": library.pk})
    until(lambda: Comic.objects.exists(), "the first comics")
    remove(library)
    assert finished(job).errors == 0
    assert not Comic.objects.exists()
    assert len(list(tmp_path.iterdir())) == 200
