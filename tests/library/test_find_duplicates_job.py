"""Find duplicates as a job: what is read, what is grouped, what is marked."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from jobs import lifecycle, operations
from jobs.models import Job
from jobs.worker import Worker
from library import duplicate_choices, duplicate_suggestions
from library.duplicate_choices import standing
from library.duplicate_groups import group_interrupted
from library.duplicate_models import ComparedPages, DuplicateGroup, DuplicateSearch
from library.models import Change, Comic, Library
from library.registering import register_and_scan
from library.undoing import undo_job
from tests.library.archives.making import zip_bytes
from tests.library.archives.rar_making import rar5_bytes
from tests.library.archives.test_cbt import tar_bytes
from tests.library.comics import comicinfo
from tests.library.drawing import page
from tests.library.test_process_job import snapshot
from tests.waiting import finished, until

PAGES = {f"{n:03}.jpg": page(n) for n in range(8)}
OTHERS = {f"{n:03}.jpg": page(100 + n) for n in range(8)}
TAGS = {"ComicInfo.xml": comicinfo(Series="Ash", Number="1", Title="T")}
SMALL = {f"p{n}.webp": page(n, size=(100, 150), form="WEBP") for n in range(8)}
ADVERTS = {f"p{n}a.webp": page(200 + n, size=(100, 150), form="WEBP") for n in range(2, 5)}
FILES = {
    "Ash 001.cbz": zip_bytes({**PAGES, **TAGS}),
    "b/same pages.cbr": rar5_bytes(PAGES),
    "c/small.cbz": zip_bytes({**SMALL, **ADVERTS}),
    "d/ash #1.cbz": zip_bytes({f"x{n}.jpg": page(300 + n) for n in range(8)}),
    "e/other.cbz": zip_bytes(OTHERS),
}


def scanned(folder: Path, files: dict[str, bytes] = FILES) -> Library:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    library, scan = register_and_scan(str(folder))
    assert finished(scan).status == Job.Status.COMPLETED
    return library


def search(*, dry_run: bool = False, **options: Any) -> Job:
    job = lifecycle.submit("find_duplicates", {"all": True}, options=options, dry_run=dry_run)
    finished(job)
    if not dry_run:
        until(DuplicateSearch.objects.filter(job=job.pk).exists, "the grouping")
    return job


def groups() -> list[tuple[str, list[str]]]:
    """The keeper's path first."""
    found = DuplicateGroup.objects.open().order_by("sort_key")
    return [
        (
            group.way,
            list(
                group.members.order_by("-is_keeper", "comic__path").values_list(
                    "comic__path", flat=True
                )
            ),
        )
        for group in found
    ]


def states() -> dict[str, tuple[str, str]]:
    rows = Comic.objects.values_list("path", "state", "state_reason")
    return {path: (state, reason) for path, state, reason in rows}


def are_marked(*paths: str) -> bool:
    """Marks are renewed just after the end of a job was recorded."""
    marked = Comic.objects.filter(state=Comic.State.DUPLICATE, present=True)
    return sorted(marked.values_list("path", flat=True)) == sorted(paths)


def run(operation: str, path: str, **options: Any) -> Job:
    selection = {"comics": [Comic.objects.get(path=path).pk]}
    return finished(lifecycle.submit(operation, selection, options=options))


def test_all_ways_are_found_and_marked_and_no_file_is_changed(
    worker: Worker, tmp_path: Path
) -> None:
    scanned(tmp_path)
    before = snapshot(tmp_path)
    job = search()
    assert (job.changed, job.errors) == (5, 0)
    [(way, paths)] = groups()
    assert way == "name"
    assert paths == ["c/small.cbz", "Ash 001.cbz", "b/same pages.cbr", "d/ash #1.cbz"]
    assert states()["b/same pages.cbr"][0] == Comic.State.DUPLICATE
    assert states()["e/other.cbz"][0] == Comic.State.NEEDS_WORK
    assert snapshot(tmp_path) == before
    assert not Change.objects.exists()


def test_each_way_alone(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path)
    search(alike=False, name=False)
    assert groups() == [("equal", ["Ash 001.cbz", "b/same pages.cbr"])]
    assert states()["b/same pages.cbr"] == ("duplicate", "The same pages: “Ash 001.cbz”.")
    search(equal=False, name=False)
    assert groups() == [("alike", ["c/small.cbz", "Ash 001.cbz", "b/same pages.cbr"])]
    search(equal=False, alike=False)
    assert groups() == [("name", ["Ash 001.cbz", "d/ash #1.cbz"])]
    assert states()["b/same pages.cbr"] == ("needs_work", "No ComicInfo.xml")


def test_a_second_run_reads_only_what_changed(worker: Worker, tmp_path: Path) -> None:
    library = scanned(tmp_path)
    search()
    first = list(ComparedPages.objects.order_by("comic").values())
    assert search().unchanged == 5
    assert list(ComparedPages.objects.order_by("comic").values()) == first
    (tmp_path / "e/other.cbz").write_bytes(zip_bytes(PAGES | OTHERS))
    finished(lifecycle.submit("scan", {"library": library.pk}))
    again = search()
    assert (again.changed, again.unchanged) == (1, 4)


def test_what_was_read_holds_after_tags_and_names_were_changed(
    worker: Worker, tmp_path: Path
) -> None:
    scanned(tmp_path)
    search(name=False)
    finished(lifecycle.submit("edit_tags", {"all": True}, options={"tags": {"Writer": "Me"}}))
    run("rename", "Ash 001.cbz", template="{series} no. {issue}")
    again = search(name=False)
    [(_way, paths)] = groups()
    assert paths == ["c/small.cbz", "Ash no. 1.cbz", "b/same pages.cbr"]
    messages = set(again.items.exclude(outcome="unchanged").values_list("message", flat=True))
    assert messages <= {""}, "no pages were read again"


def test_a_damaged_copy_is_found_and_never_kept(worker: Worker, tmp_path: Path) -> None:
    whole = zip_bytes({**PAGES, "ComicInfo.xml": comicinfo(Series="Ash", Number="1", Writer="A")})
    at = whole.index(PAGES["005.jpg"]) + 99
    rotten = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    scanned(tmp_path, {"a.cbz": rotten, "b.cbr": rar5_bytes(PAGES)})
    job = search()
    assert job.items.get(path="a.cbz").message == "005.jpg in the archive is damaged."
    assert groups() == [("equal", ["b.cbr", "a.cbz"])]
    assert standing(DuplicateGroup.objects.get()).reason == "The archive is sound."


def test_the_mark_goes_when_the_group_is_resolved_and_comes_back_with_the_comic(
    worker: Worker, tmp_path: Path
) -> None:
    scanned(tmp_path)
    search(alike=False, name=False)
    trashed = run("trash", "Ash 001.cbz")
    assert groups() == []
    until(are_marked, "the end of the mark")
    assert states()["b/same pages.cbr"] == ("needs_work", "No ComicInfo.xml")
    finished(lifecycle.submit("undo", {"job": str(trashed.pk)}))
    assert groups() == [("equal", ["Ash 001.cbz", "b/same pages.cbr"])]
    until(lambda: are_marked("b/same pages.cbr"), "the mark")
    run("trash", "b/same pages.cbr")
    assert groups() == []
    until(are_marked, "the end of the mark")


def test_process_and_scan_leave_the_mark_standing(worker: Worker, tmp_path: Path) -> None:
    library = scanned(tmp_path, {"a.cbz": FILES["Ash 001.cbz"], "b.cbz": FILES["Ash 001.cbz"]})
    search()
    assert states()["b.cbz"] == ("duplicate", "The same pages: “a.cbz”.")
    run("normalize", "b.cbz")
    run("edit_tags", "b.cbz", tags={"Title": "Another"})
    until(lambda: are_marked("b.cbz"), "the mark after a change")
    finished(lifecycle.submit("scan", {"library": library.pk}, options={"reread": True}))
    until(lambda: are_marked("b.cbz"), "the mark after a scan")


def test_the_mark_follows_the_suggestion_until_somebody_chooses(
    worker: Worker, tmp_path: Path
) -> None:
    scanned(tmp_path, {"a.cbz": FILES["Ash 001.cbz"], "b.cbz": FILES["Ash 001.cbz"]})
    search()
    assert are_marked("b.cbz")
    run("edit_tags", "b.cbz", tags={"Writer": "Me"})
    until(lambda: are_marked("a.cbz"), "the mark of the other one")
    assert groups() == [("equal", ["b.cbz", "a.cbz"])]
    assert states()["a.cbz"] == ("duplicate", "The same pages: “b.cbz”.")
    duplicate_choices.keep(DuplicateGroup.objects.get(), Comic.objects.get(path="b.cbz").pk)
    job = run("edit_tags", "a.cbz", tags={"Writer": "Me", "Penciller": "You"})
    duplicate_suggestions.renew(str(job.pk))
    assert are_marked("a.cbz")
    assert groups() == [("equal", ["b.cbz", "a.cbz"])]


def test_the_mark_goes_to_another_one_where_the_keeper_is_gone(
    worker: Worker, tmp_path: Path
) -> None:
    scanned(tmp_path, dict.fromkeys(("a.cbz", "b.cbz", "c.cbz"), FILES["Ash 001.cbz"]))
    search()
    assert are_marked("b.cbz", "c.cbz")
    run("trash", "a.cbz")
    other = ("duplicate", "The same pages: “b.cbz”.")
    until(lambda: states()["c.cbz"] == other, "the mark of the last one")
    assert are_marked("c.cbz")


def test_what_was_dismissed_stays_dismissed_until_a_new_copy_comes(
    worker: Worker, tmp_path: Path
) -> None:
    library = scanned(tmp_path)
    search(alike=False, name=False)
    duplicate_choices.dismiss(DuplicateGroup.objects.get())
    search(alike=False, name=False)
    assert groups() == []
    assert are_marked()
    (tmp_path / "new.cbt").write_bytes(tar_bytes(PAGES))
    finished(lifecycle.submit("scan", {"library": library.pk}))
    search(alike=False, name=False)
    assert groups() == [("equal", ["Ash 001.cbz", "b/same pages.cbr", "new.cbt"])]
    run("trash", "new.cbt")
    search(alike=False, name=False)
    assert groups() == []


def test_a_preview_reads_and_groups_nothing(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path)
    dry = search(dry_run=True)
    assert dry.changed == 5
    assert not ComparedPages.objects.exists()
    assert not DuplicateGroup.objects.exists()


def test_a_search_whose_grouping_was_interrupted_is_grouped_at_the_next_start(
    worker: Worker, tmp_path: Path
) -> None:
    scanned(tmp_path)
    job = search()
    DuplicateSearch.objects.all().delete()
    DuplicateGroup.objects.all().delete()
    group_interrupted()
    until(DuplicateSearch.objects.filter(job=job.pk).exists, "the grouping")
    assert len(groups()) == 1


def test_the_command_prints_the_groups(transactional_db: None, tmp_path: Path) -> None:
    for name in ("a.cbz", "b.cbz"):
        (tmp_path / name).write_bytes(zip_bytes(PAGES))
    call_command("addlibrary", str(tmp_path), stdout=StringIO())
    call_command_quietly("scan")
    data = json.loads(call_command_quietly("find_duplicates", "--json"))
    assert data["groups"] == [
        {
            "way": "equal",
            "certain": True,
            "keep": str(tmp_path / "a.cbz"),
            "reason": "Nothing tells them apart; this one comes first.",
            "others": [str(tmp_path / "b.cbz")],
        }
    ]


def call_command_quietly(*arguments: str) -> str:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("runjob", *arguments, stdout=out)
    assert ended.value.code == 0
    return out.getvalue()


def test_at_least_one_way_has_to_be_chosen() -> None:
    operation = operations.get("find_duplicates")
    assert lifecycle.clean_options(operation, {}) == {
        "name": True, "equal": True, "alike": True, "likeness": "usual",
    }  # fmt: skip
    nothing = {"name": False, "equal": False, "alike": False}
    with pytest.raises(ValidationError, match="at least one way"):
        lifecycle.clean_options(operation, nothing)


def test_undone_changes_are_no_news(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path)
    search()
    job = finished(lifecycle.submit("edit_tags", {"all": True}, options={"tags": {"Writer": "Me"}}))
    assert not [each for each in undo_job(job.pk) if each.problem]
    again = search()
    assert set(again.items.values_list("message", flat=True)) == {""}
