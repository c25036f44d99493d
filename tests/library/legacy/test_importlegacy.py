import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils.timezone import now

from library.exceptions import FileProblem
from library.history import ChangeSerializer, changes_shown
from library.models import Change, Comic, Library
from library.undoing import look
from tests.library.legacy.old import everything_in, make_old_folder

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(tmp_path: Path) -> Library:
    (tmp_path / "comics").mkdir()
    return Library.objects.create(
        name="Mine", path=str(tmp_path / "comics"), template="{title}", scanned_at=now()
    )


def comic(library: Library, path: str, **values: Any) -> Comic:
    folder, _, name = path.rpartition("/")
    facts = {"verdict": Comic.Verdict.OK, "tags": {"Series": "A", "Number": "1"}, **values}
    return Comic.objects.create(
        library=library, path=path, folder=folder, name=name, format="cbz", **facts
    )


def move_in(
    folder: Path, *arguments: str, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, Any]]:
    code = 0
    try:
        call_command("importlegacy", str(folder), "--json", *arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, report


def test_a_user_moves_in(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    processed = comic(library, "A/A - Chapter 0001.cbz")
    twin = comic(library, "A/A (2).cbz")
    old = make_old_folder(
        tmp_path / "Config",
        config={
            "filename_format": "{series} - Chapter {issue}",
            "issue_number_padding": 5,
            "watcher_enabled": True,
        },
        marks={"/watched/A/A - Chapter 0001.cbz": "processed", "/watched/A/A (2).cbz": "duplicate"},
        history=[
            {
                "filepath": "/watched/A/ch1.cbz",
                "before_filename": "ch1.cbz",
                "after_filename": "A - Chapter 0001.cbz",
                "before_issue": "1",
                "after_issue": "1",
                "after_title": "Chapter 1",
            }
        ],
    )
    before = everything_in(old)
    code, report = move_in(old, "--moved", f"/watched={library.path}", capsys=capsys)
    assert code == 0, report
    library.refresh_from_db()
    assert (library.template, library.strict) == ("{series} - Chapter {issue:5}", True)
    assert library.watch == "process"
    processed.refresh_from_db()
    assert processed.state == Comic.State.CLEAN
    assert "old ComicMaintainer" in processed.state_reason
    twin.refresh_from_db()
    assert twin.state == Comic.State.DUPLICATE
    change = Change.objects.get()
    assert (change.comic, change.path) == (processed, "A/ch1.cbz")
    assert change.finished_at and change.finished_at.year == 2025
    assert change.changes == [
        {"field": "Title", "before": "", "after": "Chapter 1"},
        {"field": "name", "before": "ch1.cbz", "after": "A - Chapter 0001.cbz"},
    ]
    assert everything_in(old) == before


def test_a_second_time_nothing_is_added(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comic(library, "a.cbz")
    path = f"{library.path}/a.cbz"
    old = make_old_folder(
        tmp_path / "Config", marks={path: "processed"}, history=[{"filepath": path}] * 2
    )
    assert move_in(old, capsys=capsys)[0] == 0
    code, report = move_in(old, capsys=capsys)
    assert code == 0
    assert report["history"] == {"found": 2, "taken_over": 0, "known": 2, "unmatched": []}
    assert Change.objects.count() == 2
    assert Comic.objects.get().state == Comic.State.CLEAN


def test_a_dry_run_changes_no_row(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comic(library, "a.cbz")
    path = f"{library.path}/a.cbz"
    old = make_old_folder(
        tmp_path / "Config", marks={path: "processed"}, history=[{"filepath": path}]
    )
    _, report = move_in(old, "--dry-run", capsys=capsys)
    assert report["marks"]["processed"]["taken_over"] == 1
    assert report["history"]["taken_over"] == 1
    library.refresh_from_db()
    assert (library.template, library.watch) == ("{title}", "off")
    assert Comic.objects.get().state == Comic.State.NEEDS_WORK
    assert not Change.objects.exists()


def test_files_that_are_not_here_are_named(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = make_old_folder(
        tmp_path / "Config",
        marks={"/watched/a.cbz": "processed", f"{library.path}/../b.cbz": "processed"},
        history=[{"filepath": "/watched/a.cbz"}],
    )
    with pytest.raises(SystemExit) as ended:
        call_command("importlegacy", str(old))
    said = capsys.readouterr().out
    assert ended.value.code == 1
    assert "'/watched/a.cbz'" in said
    assert "--moved" in said
    assert not Change.objects.exists()


def test_a_damaged_comic_is_not_called_clean(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = comic(library, "a.cbz", verdict=Comic.Verdict.DAMAGED)
    old = make_old_folder(tmp_path / "Config", marks={f"{library.path}/a.cbz": "processed"})
    move_in(old, capsys=capsys)
    damaged.refresh_from_db()
    assert damaged.state == Comic.State.NEEDS_WORK


def test_an_old_change_is_shown_and_cannot_be_undone(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comic(library, "a.cbz")
    old = make_old_folder(tmp_path / "Config", history=[{"filepath": f"{library.path}/a.cbz"}])
    move_in(old, capsys=capsys)
    shown = ChangeSerializer(changes_shown().get()).data
    assert shown["undoable"] is False
    with pytest.raises(FileProblem, match="old ComicMaintainer"):
        look(Change.objects.get())


def test_an_old_change_does_not_stand_in_the_way_of_one_made_here(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = comic(library, "a.cbz")
    ours = Change.objects.create(
        library=library,
        comic=changed,
        operation="process",
        state=Change.State.DONE,
        token="ours",
        name="a.cbz",
        former={},
        result={"size": 1},
        finished_at=now(),
    )
    old = make_old_folder(tmp_path / "Config", history=[{"filepath": f"{library.path}/a.cbz"}])
    move_in(old, capsys=capsys)
    assert Change.objects.count() == 2
    assert changes_shown().get(pk=ours.pk).has_later_standing is False


@pytest.mark.parametrize("moved", ["watched", "/watched=", "a=/b"])
def test_a_senseless_place_is_refused(library: Library, tmp_path: Path, moved: str) -> None:
    old = make_old_folder(tmp_path / "Config")
    with pytest.raises(CommandError, match="--moved") as refused:
        call_command("importlegacy", str(old), moved=[moved])
    assert refused.value.returncode == 2


def test_a_library_comes_first_and_is_scanned(tmp_path: Path) -> None:
    old = make_old_folder(tmp_path / "Config")
    with pytest.raises(CommandError, match="addlibrary"):
        call_command("importlegacy", str(old))
    Library.objects.create(name="New", path=str(tmp_path))
    with pytest.raises(CommandError, match="runjob scan"):
        call_command("importlegacy", str(old))


def test_a_folder_that_is_not_there_is_said(library: Library, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read") as refused:
        call_command("importlegacy", str(tmp_path / "nowhere"))
    assert refused.value.returncode == 2
