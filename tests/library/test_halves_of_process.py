"""`normalize` and `rename`: what process does in one, by its halves."""

from pathlib import Path

import pytest

from jobs import lifecycle
from jobs.models import Job
from jobs.worker import Worker
from library.models import Comic, Library
from library.registering import register_and_scan
from library.work.rules import NAME_DIFFERS
from tests.library.archives.making import comic_bytes
from tests.waiting import finished

TAGS = {"Series": "Brass Harbour", "Number": "7"}


@pytest.fixture
def library(tmp_path: Path, worker: Worker) -> Library:
    (tmp_path / "one.cbz").write_bytes(comic_bytes(TAGS))
    library, scan = register_and_scan(str(tmp_path))
    finished(scan)
    return library


def run(operation: str, **options: object) -> Job:
    return finished(lifecycle.submit(operation, {"all": True}, options=options))


def test_normalising_writes_tags_and_renames_nothing(library: Library) -> None:
    assert run("normalize").changed == 1
    comic = Comic.objects.get()
    assert (comic.name, comic.tags["Title"]) == ("one.cbz", "Chapter 7")
    assert (comic.state, comic.state_reason) == ("needs_work", NAME_DIFFERS)
    assert run("normalize").unchanged == 1


def test_renaming_writes_no_tags(library: Library) -> None:
    before = Comic.objects.get().file.read_bytes()
    assert run("rename", template="{series} {issue:3}").changed == 1
    comic = Comic.objects.get()
    assert comic.name == "Brass Harbour 007.cbz"
    assert comic.file.read_bytes() == before
    assert "Title" not in comic.tags
    assert comic.state_reason == "Title missing"
    assert run("rename", template="{series} {issue:3}").unchanged == 1


def test_both_halves_make_a_clean_comic(library: Library) -> None:
    run("normalize")
    run("rename")
    comic = Comic.objects.get()
    assert (comic.name, comic.state) == ("Brass Harbour - Chapter 0007.cbz", "clean")
    assert run("process").unchanged == 1


def test_what_follows_the_template_of_a_job_still_needs_that_of_its_library(
    library: Library,
) -> None:
    for outcome in ("changed", "unchanged"):
        assert getattr(run("process", template="{series} {issue:3}"), outcome) == 1
        comic = Comic.objects.get()
        assert comic.name == "Brass Harbour 007.cbz"
        assert (comic.state, comic.state_reason) == ("needs_work", NAME_DIFFERS)


def test_what_only_the_name_needs_does_not_keep_tags_from_being_put_in_order(
    library: Library,
) -> None:
    Library.objects.update(template="{publisher} {series}")
    assert run("normalize").changed == 1
    assert run("rename").skipped == 1


def test_pages_are_counted_where_the_tags_do_not_say_how_many(library: Library) -> None:
    template = "{series} {issue:3} ({pages}p)"
    preview = lifecycle.submit(
        "rename", {"all": True}, options={"template": template}, dry_run=True
    )
    assert finished(preview).items.get().changes[0]["after"] == "Brass Harbour 007 (2p).cbz"
    Library.objects.update(template=template)
    assert run("process").changed == 1
    comic = Comic.objects.get()
    assert (comic.name, comic.state) == ("Brass Harbour 007 (2p).cbz", "clean")


def test_names_move_up_by_one_also_in_one_group(tmp_path: Path, worker: Worker) -> None:
    for n in range(2, 8):
        tags = {"Series": "Ash", "Number": str(n - 1)}
        (tmp_path / f"Ash {n}.cbz").write_bytes(comic_bytes(tags))
    finished(register_and_scan(str(tmp_path))[1])
    template = "{series} {issue}"
    dry = finished(
        lifecycle.submit("rename", {"all": True}, options={"template": template}, dry_run=True)
    )
    assert (dry.changed, dry.conflict) == (6, 0)
    assert run("rename", template=template).changed == 6
    assert {c.name: c.tags["Number"] for c in Comic.objects.all()} == {
        f"Ash {n}.cbz": str(n) for n in range(1, 7)
    }
