"""A scan finds what somebody moved, and its row goes along."""

import os
import shutil
from pathlib import Path

import pytest
from django.utils.timezone import now

from jobs import lifecycle
from jobs.models import Job
from jobs.worker import Worker
from library.models import Change, Comic, Library
from library.registering import register
from tests.library.comics import make_comic
from tests.waiting import finished


@pytest.fixture
def library(worker: Worker, tmp_path: Path) -> Library:
    root = tmp_path / "comics"
    for number in range(1, 11):
        make_comic(root / "Ash" / f"Ash {number}.cbz", Series="Ash", Number=str(number))
    library = register(str(root))
    assert scan(library).status == Job.Status.COMPLETED
    return library


def scan(library: Library, **options: bool) -> Job:
    return finished(lifecycle.submit("scan", {"library": library.pk}, options=options))


def ids() -> dict[str, int]:
    return dict(Comic.objects.values_list("name", "pk"))


def test_a_renamed_folder_keeps_its_comics_with_ids_history_and_verification(
    library: Library,
) -> None:
    finished(lifecycle.submit("verify", {"all": True}))
    changed = Comic.objects.get(name="Ash 3.cbz")
    Change.objects.create(
        library=library, comic=changed, operation="rename", state="done", token="t", folder="Ash",
        name="Ash 3.cbz", former={}, result={"size": 1}, finished_at=now(),
    )  # fmt: skip
    before = {c.pk: (c.name, c.added_at, c.fingerprint) for c in Comic.objects.all()}
    (library.root / "Ash").rename(library.root / "Ash and Ember")
    job = scan(library)
    assert (job.status, job.errors) == (Job.Status.COMPLETED, 0)
    assert {"1 moved"} == set(job.items.values_list("message", flat=True))
    after = {c.pk: (c.name, c.added_at, c.fingerprint) for c in Comic.objects.all()}
    assert after == before
    assert set(Comic.objects.values_list("folder", "present")) == {("Ash and Ember", True)}
    assert Comic.objects.get(changes__token="t").path == "Ash and Ember/Ash 3.cbz"
    assert scan(library).total == 0


def test_a_comic_that_was_missing_is_known_again_where_it_turns_up(library: Library) -> None:
    known = ids()
    file = library.root / "Ash" / "Ash 3.cbz"
    file.rename(library.root.parent / "away.cbz")
    scan(library)
    assert not Comic.objects.get(pk=known["Ash 3.cbz"]).present
    (library.root.parent / "away.cbz").rename(library.root / "Third.cbz")
    scan(library)
    comic = Comic.objects.get(pk=known["Ash 3.cbz"])
    assert (comic.path, comic.present, comic.missing_since) == ("Third.cbz", True, None)
    assert Comic.objects.count() == 10


def test_a_copy_with_another_date_is_known_by_its_pages(library: Library) -> None:
    finished(lifecycle.submit("verify", {"all": True}, options={"depth": "container"}))
    known = ids()
    make_comic(library.root / "Ash" / "Big.cbz", pages=9, Series="Ash", Number="99")
    scan(library)
    finished(lifecycle.submit("verify", {"all": True}, options={"depth": "container"}))
    big = Comic.objects.get(name="Big.cbz")
    shutil.copyfile(big.file, library.root / "Copied.cbz")
    big.file.unlink()
    os.utime(library.root / "Copied.cbz", ns=(1, 1))
    scan(library)
    big.refresh_from_db()
    assert (big.path, big.present) == ("Copied.cbz", True)
    assert known.items() <= ids().items()


def test_what_only_looks_like_the_missing_one_is_a_new_comic(library: Library) -> None:
    finished(lifecycle.submit("verify", {"all": True}))
    gone = Comic.objects.get(name="Ash 3.cbz")
    stranger = make_comic(library.root / "New.cbz", Series="Ash", Number="3")
    data = stranger.read_bytes()
    assert len(data) == gone.size_bytes
    # Other pages of the same size: their sums in the table of contents differ.
    other = make_comic(library.root / "New.cbz", Series="Esh", Number="3")
    os.utime(other, ns=(gone.mtime_ns, gone.mtime_ns))
    gone.file.unlink()
    scan(library)
    gone.refresh_from_db()
    assert not gone.present
    assert Comic.objects.get(name="New.cbz").pk != gone.pk


def test_a_copy_beside_the_original_is_a_new_comic(library: Library) -> None:
    known = ids()
    file = library.root / "Ash" / "Ash 3.cbz"
    shutil.copy2(file, library.root / "Copy.cbz")
    scan(library)
    assert Comic.objects.present().count() == 11
    assert known.items() <= ids().items()


def test_more_than_a_fifth_may_move_at_once(library: Library) -> None:
    for number in range(1, 11):
        file = library.root / "Ash" / f"Ash {number}.cbz"
        file.rename(library.root / f"{number}.cbz")
    assert scan(library).status == Job.Status.COMPLETED
    assert Comic.objects.present().count() == 10
