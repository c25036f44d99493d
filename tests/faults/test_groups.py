"""Several comics changed in one go: what goes wrong with one leaves each wholly old or new."""

import shutil
from pathlib import Path

import pytest
from django.db import OperationalError

from library import journal
from library.exceptions import ComicError
from library.models import Change, Comic
from library.recovering import recover_all
from tests.faults.calls import FEW, KINDS, Hook, Killed, watching
from tests.faults.cases import COMIC, FULL, Broken
from tests.library.shelving import Shelf, clear, identity, sha256

pytestmark = pytest.mark.django_db

PATHS = ("Ash/a.cbz", "Ash/b.cbz", "Birch/c.cbz")
NEW_NAMES = ("", "new.cbz", "")
TRIED = tuple(KINDS) if FULL else FEW


class Group:
    def __init__(self, root: Path) -> None:
        clear()
        shutil.rmtree(root, ignore_errors=True)
        self.shelf = Shelf(root)
        self.comics = [self.shelf.comic(path, data=COMIC) for path in PATHS]
        self.former = sha256(self.comics[0].file)
        self.expected = {comic: identity(comic.file) for comic in self.comics}
        self.changes: dict[Comic, Change | ComicError] = {}
        self.killed = False

    def run(self, hook: Hook | None = None) -> list[str]:
        """Which calls it took."""
        wanted = dict(zip(self.comics, NEW_NAMES, strict=True))
        with watching(hook) as calls:
            try:
                self.changes = self.shelf.change_all(wanted, self.expected)
            except Killed:
                self.killed = True
        return calls.names

    def check(self) -> int:
        """How many are done. Raises Broken."""
        if not self.killed and Change.objects.open().exists():
            raise Broken("a change is left open")
        list(recover_all())
        done = set(Change.objects.done().values_list("comic_id", flat=True))
        if Change.objects.open().exists():
            raise Broken("recovery left a change open")
        wanted = {}
        for comic, path, new_name in zip(self.comics, PATHS, NEW_NAMES, strict=True):
            moved = str(Path(path).with_name(new_name or comic.name))
            wanted[moved if comic.pk in done else path] = comic.pk in done
            comic.refresh_from_db()
            if comic.path not in wanted:
                raise Broken(f"the row of {path} does not follow")
        found = {name: sha256(self.shelf.root / name) != self.former for name in self.shelf.names()}
        if found != wanted:
            raise Broken(f"found {found}, but the journal says {wanted}")
        said = {c.pk for c, change in self.changes.items() if isinstance(change, Change)}
        if not self.killed and said != done:
            raise Broken(f"said to be done: {said}; done: {done}")
        return len(done)


def test_undisturbed_all_are_done_with_few_commits_and_syncs(tmp_path: Path) -> None:
    group = Group(tmp_path / "comics")
    calls = group.run()
    assert group.check() == 3
    # One for each new file, and two for each of the two folders.
    assert calls.count("fsync") == 3 + 2 * 2
    assert [name for name in calls if name in ("reserve", "make_ready", "finish")] == [
        "reserve", "make_ready", "finish",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", TRIED)
def test_whatever_call_fails_each_comic_is_wholly_old_or_wholly_new(
    tmp_path: Path, kind: str
) -> None:
    count = len(Group(tmp_path / "comics").run())
    endings = set()
    for nth in range(1, count + 4):
        group = Group(tmp_path / "comics")
        group.run(KINDS[kind](nth))
        endings.add(group.check())
    # What goes wrong with one does not stop the others.
    assert endings & {1, 2}
    assert 3 in endings


def test_a_comic_that_someone_edits_meanwhile_is_a_conflict_and_the_others_are_done(
    tmp_path: Path,
) -> None:
    group = Group(tmp_path / "comics")
    mine = group.comics[1].file

    def edit(number: int, name: str, call: object, args: object) -> object:
        if name == "make_ready":
            mine.write_bytes(b"someone's own work")
        return call()  # type: ignore[operator]

    group.run(edit)
    problem = group.changes[group.comics[1]]
    assert isinstance(problem, ComicError)
    assert problem.outcome == "conflict"
    assert mine.read_bytes() == b"someone's own work"
    assert Change.objects.done().count() == 2
    assert group.shelf.names() == ["Ash/a.cbz", "Ash/b.cbz", "Birch/c.cbz"]


@pytest.mark.parametrize("hidden", ["file", "link", "trash link"])
def test_a_trash_that_cannot_be_used_keeps_no_change_open(tmp_path: Path, hidden: str) -> None:
    group = Group(tmp_path / "comics")
    place = group.shelf.root / ".comicmaintainer"
    if hidden == "file":
        place.write_text("mine")
    elif hidden == "link":
        place.symlink_to(tmp_path)
    else:
        place.mkdir()
        (place / "trash").symlink_to(tmp_path)
    group.run()
    assert all(isinstance(change, Change) for change in group.changes.values())
    assert not Change.objects.open().exists()


def test_where_the_database_fails_over_one_the_others_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = Group(tmp_path / "comics")
    real, left = journal.finish, 2

    def failing_twice(changes: object) -> None:
        nonlocal left
        if left:
            left -= 1
            raise OperationalError("away")
        real(changes)  # type: ignore[arg-type]

    monkeypatch.setattr(journal, "finish", failing_twice)
    with pytest.raises(OperationalError):
        group.run()
    assert Change.objects.open().count() == 1
    assert Change.objects.done().count() == 2
