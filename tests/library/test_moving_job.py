"""Comics that a template brings into folders, and back."""

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs import lifecycle, sequels
from jobs.models import Job
from jobs.operations import Outcome
from jobs.worker import Worker
from library import place
from library.models import Change, Comic, Library, TrashedFile
from library.registering import register_and_scan
from tests.conftest import Mount
from tests.library.archives.making import make_comic
from tests.library.test_process_job import snapshot
from tests.waiting import finished, until

TEMPLATE = "{publisher}/[{imprint}/]{series} ({volume})/{series} {issue:3}"


def tagged(number: int, **tags: str) -> dict[str, str]:
    return {
        "Series": "Moss", "Number": str(number), "Title": "Roots", "Volume": "2",
        "Publisher": "Small Hours", **tags,
    }  # fmt: skip


def scanned(root: Path) -> Library:
    library, scan = register_and_scan(str(root))
    assert finished(scan).status == Job.Status.COMPLETED
    return library


def rename(*, dry_run: bool = False, template: str = TEMPLATE) -> Job:
    options = {"template": template}
    job = lifecycle.submit("rename", {"all": True}, options=options, dry_run=dry_run)
    return finished(job)


def folders(root: Path) -> list[str]:
    found = (Path(place, name) for place, names, _ in os.walk(root) for name in names)
    return sorted(
        str(folder.relative_to(root)) for folder in found if ".comicmaintainer" not in folder.parts
    )


def test_comics_move_into_folders_that_are_made_and_leave_none_behind(
    worker: Worker, tmp_path: Path
) -> None:
    make_comic(tmp_path / "in/deep/a.cbz", tagged(1))
    make_comic(tmp_path / "in/deep/b.cbz", tagged(2))
    make_comic(tmp_path / "c.cbz", tagged(3, Imprint="Dusk"))
    (tmp_path / "empty").mkdir()
    scanned(tmp_path)
    before = {digest for digest, _ in snapshot(tmp_path).values()}
    shown = rename(dry_run=True)
    assert "c.cbz" in snapshot(tmp_path)
    job = rename()
    assert (job.changed, job.total) == (3, 3)
    after = snapshot(tmp_path)
    assert sorted(after) == [
        "Small Hours/Dusk/Moss (2)/Moss 003.cbz",
        "Small Hours/Moss (2)/Moss 001.cbz",
        "Small Hours/Moss (2)/Moss 002.cbz",
    ]
    assert {digest for digest, _ in after.values()} == before
    assert sorted(Comic.objects.values_list("path", flat=True)) == sorted(after)
    assert dict(shown.items.values_list("key", "changes")) == dict(
        job.items.values_list("key", "changes")
    )
    # "in" goes with "deep", which we emptied; what was empty before stays.
    made = ["Small Hours", "Small Hours/Dusk", "Small Hours/Dusk/Moss (2)", "Small Hours/Moss (2)"]
    until(lambda: folders(tmp_path) == [*made, "empty"], "the end of empty folders")


def test_undo_brings_them_back_and_makes_their_folders_anew(worker: Worker, tmp_path: Path) -> None:
    make_comic(tmp_path / "in/a.cbz", tagged(1))
    make_comic(tmp_path / "in/b.cbz", tagged(2))
    scanned(tmp_path)
    before = snapshot(tmp_path)
    job = rename()
    undone = finished(sequels.undo(job))
    assert (undone.changed, undone.total) == (2, 2)
    assert snapshot(tmp_path) == before
    until(lambda: folders(tmp_path) == ["in"], "the end of the new folders")
    assert sorted(Comic.objects.values_list("path", flat=True)) == ["in/a.cbz", "in/b.cbz"]


def test_a_folder_that_holds_anything_else_stays(worker: Worker, tmp_path: Path) -> None:
    make_comic(tmp_path / "in/a.cbz", tagged(1))
    (tmp_path / "in/.directory").write_text("hidden")
    scanned(tmp_path)
    assert rename().changed == 1
    assert (tmp_path / "in/.directory").exists()


def test_tags_and_folder_change_in_one_go_and_a_scan_finds_nothing_to_do(
    worker: Worker, tmp_path: Path
) -> None:
    make_comic(tmp_path / "Moss/Moss 003 (2016).cbz")
    library = scanned(tmp_path)
    library.template = "{series|initial}/{series}[ ({year})]/{series} {issue:3}"
    library.save()
    job = finished(lifecycle.submit("process", {"all": True}))
    comic = Comic.objects.get()
    assert (job.changed, comic.path) == (1, "M/Moss (2016)/Moss 003.cbz")
    assert comic.state == Comic.State.CLEAN
    assert comic.file.exists()
    assert finished(lifecycle.submit("scan", {"all": True})).total == 0
    again = finished(lifecycle.submit("process", {"all": True}))
    assert again.unchanged == 1
    finished(lifecycle.submit("scan", {"all": True}, options={"reread": True}))
    comic.refresh_from_db()
    assert (comic.state, comic.state_reason) == (Comic.State.CLEAN, "")


def test_a_link_on_the_way_is_not_followed(
    worker: Worker, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    make_comic(tmp_path / "a.cbz", tagged(1))
    (tmp_path / "Small Hours").symlink_to(outside)
    scanned(tmp_path)
    job = rename()
    assert (job.failed, job.total) == (1, 1)
    assert "link" in job.items.get().message
    assert (tmp_path / "a.cbz").exists()
    assert not list(outside.iterdir())
    assert not Change.objects.open().exists()


def test_a_file_in_the_way_keeps_its_name_and_no_folder_is_left(
    worker: Worker, tmp_path: Path
) -> None:
    make_comic(tmp_path / "a.cbz", tagged(1))
    (tmp_path / "Small Hours").write_text("a file where a folder has to be")
    scanned(tmp_path)
    assert rename().failed == 1
    assert (tmp_path / "a.cbz").exists()


def test_history_says_from_where_to_where(
    worker: Worker, tmp_path: Path, admin: User, client: Client
) -> None:
    make_comic(tmp_path / "in/a.cbz", tagged(1))
    scanned(tmp_path)
    job = rename()
    item = job.items.get()
    new_path = "Small Hours/Moss (2)/Moss 001.cbz"
    assert item.message == f"Moved to “{new_path}”."
    assert item.changes == [{"field": "path", "before": "in/a.cbz", "after": new_path}]
    client.force_login(admin)
    [shown] = client.get("/api/history/").json()["results"]
    assert (shown["path"], shown["new_path"]) == ("in/a.cbz", new_path)


def refuse_to_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """As between two file systems."""
    real = place.rename_to_free_name

    def cannot(folder: int, name: str, new_name: str, *, new_folder: int | None = None) -> None:
        if new_folder not in (None, folder):
            raise OSError(18, "Invalid cross-device link")
        real(folder, name, new_name, new_folder=new_folder)

    monkeypatch.setattr(place, "rename_to_free_name", cannot)


@pytest.mark.parametrize(
    ("operation", "is_real"), [("rename", True), ("process", True), ("process", False)]
)
def test_to_another_file_system_the_comic_is_copied_and_the_original_kept(
    worker: Worker, tmp_path: Path, request: pytest.FixtureRequest, operation: str, is_real: bool
) -> None:
    if is_real:
        request.getfixturevalue("mount")("Small Hours")
    else:
        refuse_to_move(request.getfixturevalue("monkeypatch"))
    tags = tagged(1) if operation == "rename" else tagged(1) | {"Title": ""}
    make_comic(tmp_path / "in/a.cbz", tags)
    scanned(tmp_path)
    before = snapshot(tmp_path)
    job = finished(lifecycle.submit(operation, {"all": True}, options={"template": TEMPLATE}))
    assert job.outcomes["changed"] == 1
    new_path = "Small Hours/Moss (2)/Moss 001.cbz"
    assert Comic.objects.get().path == new_path
    kept = TrashedFile.objects.get()
    assert kept.path == "in/a.cbz"
    found = snapshot(tmp_path)
    assert sorted(found) == [f".comicmaintainer/trash/{kept.name}", new_path]
    assert found[f".comicmaintainer/trash/{kept.name}"] == before["in/a.cbz"]
    if operation == "rename":
        assert found[new_path] == before["in/a.cbz"]
    undone = finished(sequels.undo(job))
    assert undone.items.get().outcome == Outcome.CHANGED
    there = {name: file for name, file in snapshot(tmp_path).items() if "trash" not in name}
    assert there == before


def test_between_two_file_systems_comics_do_not_change_places(
    worker: Worker, tmp_path: Path, mount: Mount
) -> None:
    mount("Q")
    make_comic(tmp_path / "P/Moss 001.cbz", tagged(1, Publisher="Q"))
    make_comic(tmp_path / "Q/Moss 001.cbz", tagged(1, Publisher="P"))
    scanned(tmp_path)
    before = snapshot(tmp_path)
    template = "{publisher}/{series} {issue:3}"
    shown, job = (rename(dry_run=dry, template=template) for dry in (True, False))
    assert (shown.outcomes, job.conflict) == (job.outcomes, 2)
    messages = list(job.items.order_by("position").values_list("message", flat=True))
    assert "“Q/Moss 001.cbz” is on another file system" in messages[0]
    assert snapshot(tmp_path) == before


def test_a_circle_of_which_one_is_on_another_file_system_stays_as_its_preview_says(
    worker: Worker, tmp_path: Path, mount: Mount
) -> None:
    mount("R")
    for here, there in {"P": "Q", "Q": "R", "R": "P"}.items():
        make_comic(tmp_path / here / "Moss 001.cbz", tagged(1, Publisher=there))
    scanned(tmp_path)
    before = snapshot(tmp_path)
    template = "{publisher}/{series} {issue:3}"
    shown, job = (rename(dry_run=dry, template=template) for dry in (True, False))
    said, did = (
        {item.path: (item.outcome, item.message) for item in each.items.all()}
        for each in (shown, job)
    )
    assert said == did
    far = "“R/Moss 001.cbz” is on another file system"
    assert job.conflict == 3
    assert did["P/Moss 001.cbz"][1].startswith(far)
    assert did["Q/Moss 001.cbz"][1].startswith(far)
    assert did["R/Moss 001.cbz"][1].startswith("“P/Moss 001.cbz” is on another")
    assert snapshot(tmp_path) == before
