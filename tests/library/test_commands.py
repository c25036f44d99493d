"""What the pages do with libraries, comics, changes and the trash, from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from jobs.models import Job
from library.duplicate_models import DuplicateGroup
from library.models import Comic, Library, TrashedFile
from library.trash import FOLDER

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.objects.create(name="Mine", path=str(tmp_path))


def told(*words: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    call_command(*words, "--json")
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_folder_is_added_seen_from_the_shells_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "comics").mkdir()
    monkeypatch.chdir(tmp_path)
    rules = ["--set", "strict=true", "--set", "template={series} {issue}"]
    (shown,) = told("libraries", "add", "comics", "--name", "Mine", *rules, capsys=capsys)
    library = Library.objects.get()
    assert (library.name, library.strict, library.template) == ("Mine", True, "{series} {issue}")
    assert library.watch == "list"
    assert shown["path"] == str(tmp_path / "comics")
    assert Job.objects.get().selection == {"library": library.pk}
    assert told("libraries", "list", capsys=capsys) == [shown]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["add", "nowhere"], "There is no folder"),
        (["change", "Mine"], "Say what to change"),
        (["change", "Mine", "--set", "speed=1"], "There is no rule “speed”"),
        (["change", "Mine", "--set", "strict"], "--set strict=value"),
        (["change", "Mine", "--set", "template={mood}"], "template: There is no field"),
        (["change", "Yours", "--name", "x"], "There is no library “Yours”"),
        (["scan", "Yours"], "There is no library “Yours”"),
        (["remove", "Mine"], "say --yes"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    library: Library, words: list[str], reason: str
) -> None:
    with pytest.raises(CommandError, match=reason) as refused:
        call_command("libraries", *words)
    assert refused.value.returncode == 2
    assert list(Library.objects.values()) == list(Library.objects.filter(pk=library.pk).values())
    assert not Job.objects.exists()


def test_one_rule_is_changed_and_the_others_stay(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    told("libraries", "change", "Mine", "--set", "template={title}", capsys=capsys)
    told("libraries", "change", "Mine", "--set", "strict=yes", "--name", "Ours", capsys=capsys)
    library.refresh_from_db()
    assert (library.name, library.template, library.strict) == ("Ours", "{title}", True)
    told(
        "libraries", "change", "Ours", "--set", "strict=false", "--watch", "process", capsys=capsys
    )
    library.refresh_from_db()
    assert (library.template, library.strict, library.watch) == ("{title}", False, "process")


def test_a_library_is_removed_and_its_files_stay(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.cbz").touch()
    (gone,) = told("libraries", "remove", "Mine", "--yes", capsys=capsys)
    assert gone == {"id": library.pk, "name": "Mine", "removed": True}
    assert not Library.objects.exists()
    assert (tmp_path / "a.cbz").exists()


def test_comics_are_chosen_and_shown(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    for name, state in (("a.cbz", "clean"), ("b.cbz", "needs_work")):
        Comic.objects.create(
            library=library, path=name, name=name, format="cbz", state=state, tags={"Series": "A"}
        )
    found = told("comics", "list", "--state", "clean", capsys=capsys)
    assert [comic["path"] for comic in found] == ["a.cbz"]
    (shown,) = told("comics", "show", str(found[0]["id"]), capsys=capsys)
    assert shown["tags"] == {"Series": "A"}
    assert len(told("comics", "list", "--limit", "1", capsys=capsys)) == 1
    call_command("comics", "list", "--path", "c*")
    assert capsys.readouterr().out == "No comic matches.\n"
    with pytest.raises(CommandError, match="state"):
        call_command("comics", "list", "--state", "happy")
    with pytest.raises(CommandError, match="There is no comic 0"):
        call_command("comics", "show", "0")


def test_a_name_cannot_command_the_terminal(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    Comic.objects.create(library=library, path="a\x1b[2J.cbz", name="a", format="cbz")
    call_command("comics", "list")
    assert "\x1b" not in capsys.readouterr().out


def test_of_the_trash_files_or_all_of_it_are_restored(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "ab":
        TrashedFile.objects.create(library=library, name=name, path=f"{name}.cbz", size_bytes=2)
    files = told("trash", "list", "--library", "Mine", capsys=capsys)
    assert [file["path"] for file in files] == ["b.cbz", "a.cbz"]
    (one,) = told("trash", "restore", str(files[0]["id"]), "--dry-run", capsys=capsys)
    assert (one["progress"]["total"], one["dry_run"]) == (1, True)
    (both,) = told("trash", "restore", "--all", capsys=capsys)
    assert both["progress"]["total"] == 2
    for wrong in ([], ["--all", "1"], ["4711"]):
        with pytest.raises(CommandError):
            call_command("trash", "restore", *wrong)


def test_files_leave_the_trash_before_their_time_only_when_it_is_meant(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trash = tmp_path / FOLDER
    trash.mkdir(parents=True)
    (trash / "a").write_bytes(b"12")
    file = TrashedFile.objects.create(library=library, name="a", path="a.cbz", size_bytes=2)
    for wrong in ([str(file.pk)], [str(file.pk), "4711", "--yes"]):
        with pytest.raises(CommandError):
            call_command("trash", "delete", *wrong)
    assert (trash / "a").exists()
    (told_of,) = told("trash", "delete", str(file.pk), "--yes", capsys=capsys)
    assert told_of == {"deleted": 1, "left": 0}
    assert not (trash / "a").exists()


def test_duplicates_are_listed_chosen_and_resolved(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group = DuplicateGroup.objects.create(way="equal", is_certain=True, sort_key="a")
    comics = []
    for name in ("a.cbz", "b.cbz"):
        (tmp_path / name).touch()
        comic = Comic.objects.create(library=library, path=name, name=name, format="cbz")
        group.members.create(comic=comic, is_keeper=name == "a.cbz", way="equal", is_open=True)
        comics.append(comic)
    (shown,) = told("duplicates", "list", "--certain", capsys=capsys)
    assert (shown["keeper"], shown["is_chosen"]) == (comics[0].pk, False)
    (kept,) = told("duplicates", "keep", str(group.pk), str(comics[1].pk), capsys=capsys)
    assert (kept["keeper"], kept["is_chosen"]) == (comics[1].pk, True)
    (job,) = told("duplicates", "resolve", "--certain", "--dry-run", capsys=capsys)
    assert (job["operation"], job["dry_run"], job["progress"]["total"]) == ("trash", True, 1)
    (dismissed,) = told("duplicates", "dismiss", str(group.pk), capsys=capsys)
    assert dismissed["dismissed_at"]
    assert told("duplicates", "list", capsys=capsys) == []
    assert len(told("duplicates", "list", "--dismissed", capsys=capsys)) == 1
    (open_again,) = told("duplicates", "reopen", str(group.pk), capsys=capsys)
    assert open_again["dismissed_at"] is None
    for wrong in (["keep", "4711", "1"], ["keep", str(group.pk), "4711"], ["resolve"]):
        with pytest.raises(CommandError):
            call_command("duplicates", *wrong)


def test_senseless_filters_of_the_history_are_said(library: Library) -> None:
    for wrong in (["--job", "x"], ["--library", "Yours"], ["--comic", "x"]):
        with pytest.raises(CommandError):
            call_command("history", "list", *wrong)
    with pytest.raises(CommandError, match="nothing left to undo"):
        call_command("history", "undo", "4711")
