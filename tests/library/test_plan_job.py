"""Names are found to collide, or to be given away, across the whole of a job."""

import os
from pathlib import Path
from typing import Any

import pytest

from jobs import lifecycle, sequels
from jobs.models import Job, JobItem
from jobs.operations import Outcome, go_on
from jobs.worker import Worker
from library.archives.constructions import new_token
from library.arranging import arrangements
from library.models import Change, Comic
from library.operations.rename import Rename
from library.returning import called
from library.work.rules import Comic as Facts
from tests.library.archives.making import make_comic
from tests.library.test_moving_job import scanned, tagged
from tests.library.test_process_job import snapshot
from tests.waiting import finished

NUMBERED = "{series} {issue:3}"


def named(root: Path, names: dict[str, int], **tags: str) -> None:
    """Comics under these names whose tags ask for these numbers."""
    for name, number in names.items():
        make_comic(root / f"{name}.cbz", tagged(number, **tags))
    scanned(root)


def rename(*, template: str = NUMBERED, dry_run: bool = False, operation: str = "rename") -> Job:
    options = {"template": template}
    return finished(lifecycle.submit(operation, {"all": True}, options=options, dry_run=dry_run))


def numbers(root: Path) -> dict[str, str]:
    """What each file's tags say, by its name."""
    rows = Comic.objects.filter(present=True).values_list("path", "issue")
    found = dict(rows)
    assert sorted(found) == sorted(name for name in snapshot(root) if "trash" not in name)
    return {path.removesuffix(".cbz"): issue for path, issue in found.items()}


def bytes_of(root: Path) -> list[str]:
    return sorted(digest for digest, _ in snapshot(root).values())


def digests(root: Path) -> dict[str, str]:
    return {name: digest for name, (digest, _) in snapshot(root).items()}


def outcomes(job: Job) -> dict[str, tuple[str, list[object]]]:
    return {i.key: (i.outcome, i.changes) for i in job.items.all()}


@pytest.mark.parametrize(
    "names",
    [
        {"Moss 001": 2, "Moss 002": 1},
        {"Moss 001": 2, "Moss 002": 3, "Moss 003": 1},
        {"Moss 001": 2, "Moss 002": 3, "Moss 003": 4},
        {"Moss 001": 2, "Moss 002": 3, "Moss 003": 2, "x": 5},
        {"Moss 002": 1, "Moss 003": 2, "Moss 004": 3, "Moss 005": 6, "Moss 006": 5},
    ],
    ids=["swap", "cycle", "chain", "clash", "both"],
)
@pytest.mark.parametrize("operation", ["rename", "process"])
def test_what_the_dry_run_says_is_done_swaps_and_chains_too(
    worker: Worker, tmp_path: Path, names: dict[str, int], operation: str
) -> None:
    named(tmp_path, names, **({"Title": ""} if operation == "process" else {}))
    before, former = snapshot(tmp_path), bytes_of(tmp_path)
    shown = rename(dry_run=True, operation=operation)
    assert snapshot(tmp_path) == before
    job = rename(operation=operation)
    assert outcomes(job) == outcomes(shown)
    found = numbers(tmp_path)
    if job.conflict == 0:
        assert found == {f"Moss {number:03}": str(number) for number in names.values()}
    if operation == "rename":
        assert bytes_of(tmp_path) == former
    assert not Change.objects.open().exists()
    foreseen = finished(sequels.undo(job, dry_run=True))
    undone = finished(sequels.undo(job))
    assert outcomes(undone) == outcomes(foreseen)
    assert undone.errors == 0
    assert digests(tmp_path) == {name: digest for name, (digest, _) in before.items()}


def test_who_is_in_the_way_is_named(worker: Worker, tmp_path: Path) -> None:
    named(tmp_path, {"a": 1, "b": 1, "Moss 002": 2, "c": 2})
    said = {i.path: i.message for i in rename().items.filter(outcome=Outcome.CONFLICT)}
    assert said == {
        "b.cbz": "“a.cbz” gets this name.",
        "c.cbz": "“Moss 002.cbz” exists already.",
    }


def test_names_that_differ_only_in_case_would_be_one_on_a_share(
    worker: Worker, tmp_path: Path
) -> None:
    make_comic(tmp_path / "a.cbz", tagged(1))
    make_comic(tmp_path / "b.cbz", tagged(1, Series="MOSS"))
    make_comic(tmp_path / "moss 002.cbz", tagged(2, Series="moss"))
    make_comic(tmp_path / "c.cbz", tagged(2))
    scanned(tmp_path)
    job = rename()
    said = dict(job.items.filter(outcome=Outcome.CONFLICT).values_list("path", "message"))
    assert said == {
        "b.cbz": "“a.cbz” gets this name.",
        "c.cbz": "“moss 002.cbz” exists already.",
    }
    assert sorted(snapshot(tmp_path)) == ["Moss 001.cbz", "b.cbz", "c.cbz", "moss 002.cbz"]


def test_one_spelling_of_a_folder_serves_all_who_go_there(worker: Worker, tmp_path: Path) -> None:
    make_comic(tmp_path / "moss/other.cbz", tagged(9, Series="Other"))
    make_comic(tmp_path / "a.cbz", tagged(1))
    make_comic(tmp_path / "b.cbz", tagged(2, Series="MOSS"))
    scanned(tmp_path)
    template = "[{imprint}/]{series}/{issue:3}"
    comics = list(Comic.objects.exclude(name="other.cbz").values_list("pk", flat=True))
    options = {"template": template}
    job = finished(lifecycle.submit("rename", {"comics": comics}, options=options))
    assert job.changed == 2
    assert sorted(snapshot(tmp_path)) == ["moss/001.cbz", "moss/002.cbz", "moss/other.cbz"]
    again = finished(lifecycle.submit("rename", {"comics": comics}, options=options))
    assert again.unchanged == 2


def test_a_swap_across_folders(worker: Worker, tmp_path: Path) -> None:
    make_comic(tmp_path / "Ash/001.cbz", tagged(1))
    make_comic(tmp_path / "Moss/001.cbz", tagged(1, Series="Ash"))
    scanned(tmp_path)
    before = snapshot(tmp_path)
    job = rename(template="{series}/{issue:3}")
    assert job.changed == 2
    after = snapshot(tmp_path)
    assert after["Ash/001.cbz"] == before["Moss/001.cbz"]
    assert after["Moss/001.cbz"] == before["Ash/001.cbz"]


def test_where_one_of_a_swap_was_changed_since_both_stay(worker: Worker, tmp_path: Path) -> None:
    named(tmp_path, {"Moss 001": 2, "Moss 002": 1})
    shown = rename(dry_run=True)
    os.utime(tmp_path / "Moss 001.cbz")
    before = snapshot(tmp_path)
    applied = finished(sequels.apply(shown))
    assert applied.conflict == 2
    assert snapshot(tmp_path) == before


def test_a_swap_of_which_one_was_left_out_is_not_done(worker: Worker, tmp_path: Path) -> None:
    named(tmp_path, {"Moss 001": 2, "Moss 002": 1})
    shown = rename(dry_run=True)
    applied = finished(sequels.apply(shown, without=[1]))
    assert (applied.conflict, applied.total) == (1, 1)
    assert "Moss 001.cbz" in applied.items.get().message


def test_a_preview_reads_those_that_change_places_once(worker: Worker, tmp_path: Path) -> None:
    named(tmp_path, {"Moss 001": 2, "Moss 002": 3, "Moss 003": 1})
    job = rename(dry_run=True)
    operation, read = Rename(), []

    def child(function: str, /, *args: Any) -> Any:
        read.extend(args[1])
        return called(function, *args)

    results = [operation.perform(item.task(job), child) for item in job.items.order_by("position")]
    assert len(read) == len(results) == 3
    items = job.items.order_by("position").values_list("outcome", "changes", "shown")
    assert [(each.outcome, each.changes, each.shown) for each in results] == list(items)


@pytest.mark.parametrize(
    "names",
    [
        {"Moss 001": 2, "Moss 002": 3, "Moss 003": 1},
        {"Moss 001": 2, "Moss 002": 3, "Moss 003": 4, "Moss 004": 5},
    ],
    ids=["cycle", "chain"],
)
def test_where_one_in_a_row_cannot_go_the_preview_says_what_happens_to_the_others(
    worker: Worker, tmp_path: Path, names: dict[str, int]
) -> None:
    named(tmp_path, names)
    (tmp_path / "Moss 003.cbz").write_bytes(b"no archive any more")
    before = snapshot(tmp_path)
    shown = rename(dry_run=True)
    job = rename()
    assert (outcomes(job), shown.failed) == (outcomes(shown), 1)
    assert snapshot(tmp_path).keys() - before.keys() == ({"Moss 005.cbz"} & {*snapshot(tmp_path)})


def test_where_one_of_those_that_changed_places_was_edited_all_stay_and_the_preview_says_so(
    worker: Worker, tmp_path: Path
) -> None:
    named(tmp_path, {"Moss 001": 2, "Moss 002": 3, "Moss 003": 1})
    job = rename()
    with (tmp_path / "Moss 002.cbz").open("ab") as file:
        file.write(b"mine")
    shown, undone = finished(sequels.undo(job, dry_run=True)), finished(sequels.undo(job))
    assert outcomes(undone) == outcomes(shown)
    said = dict(undone.items.values_list("path", "message"))
    assert undone.conflict == 3
    assert said.pop("Moss 001.cbz") == "The file was changed since; it stays as it is."
    assert set(said.values()) == {
        "“Moss 001.cbz” cannot go back, and this one changes places with it."
    }


def test_what_is_planned_knows_of_a_comic_what_its_file_tells(
    worker: Worker, tmp_path: Path
) -> None:
    for path in ("Moth/Volume 2/01.cbz", "Moth/2016/02.cbz", "03.cbz"):
        make_comic(tmp_path / path, tagged(1))
    library = scanned(tmp_path)
    comics = Comic.objects.in_bulk()
    told: dict[int, Facts] = {}

    def target(comic: Comic, facts: Facts) -> str:
        told[comic.pk] = facts
        return comic.path

    assert not list(arrangements(enumerate(comics), target, go_on))
    assert told == {
        pk: Facts.at(comic.file, root=library.path, tags=comic.tags, pages=comic.page_count or 0)
        for pk, comic in comics.items()
    }
    assert {facts.folder for facts in told.values()} == {"Moth Volume 2", "Moth", ""}


def test_a_name_that_is_just_given_up_marks_no_duplicate(worker: Worker, tmp_path: Path) -> None:
    named(tmp_path, {"a": 1, "Moss 001": 2})
    leaving = Comic.objects.get(name="Moss 001.cbz")
    leaving.file.unlink()
    Change.objects.create(
        library=leaving.library, comic=leaving, token=new_token(), former={},
        name=leaving.name, new_name="Moss 002.cbz",
    )  # fmt: skip
    comic = Comic.objects.get(name="a.cbz")
    options = {"template": NUMBERED}
    job = finished(lifecycle.submit("rename", {"comics": [comic.pk]}, options=options))
    assert job.items.get().message == "Another comic is just giving up the name “Moss 001.cbz”."
    assert (job.conflict, Comic.objects.get(pk=comic.pk).state) == (1, comic.state)


def test_items_of_which_there_is_nothing_to_say_have_no_note(
    worker: Worker, tmp_path: Path
) -> None:
    named(tmp_path, {"a": 1, "b": 2, "Moss 003": 3})
    job = rename()
    assert job.changed == 2
    assert not JobItem.objects.exclude(note="").exists()
