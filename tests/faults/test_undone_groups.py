"""Several changes undone in one go: what goes wrong with one leaves each wholly undone or not."""

import shutil
from pathlib import Path

import pytest

from library.exceptions import ComicError
from library.models import Change, Comic
from library.recovering import recover_all
from library.returning import Author, bring_back
from library.undoing import Records
from tests.faults.calls import FEW, KINDS, Hook, Killed, watching
from tests.faults.cases import COMIC, FULL, Broken
from tests.library.shelving import Shelf, clear, sha256

pytestmark = pytest.mark.django_db

TRIED = tuple(KINDS) if FULL else FEW
RETAGGED, REPLACED, RENAMED, REMOVED = "Ash/a.cbz", "Ash/b.cbz", "Birch/c.cbz", "Birch/d.cbz"


class Undone:
    """A patch, a whole original, another name and a removal."""

    def __init__(self, root: Path) -> None:
        clear()
        shutil.rmtree(root, ignore_errors=True)
        self.shelf = shelf = Shelf(root)
        paths = (RETAGGED, REPLACED, RENAMED, REMOVED)
        comics = {path: shelf.comic(path, data=COMIC) for path in paths}
        self.former = sha256(root / RETAGGED)
        self.changes = [
            shelf.change(comics[RETAGGED], new_name="new.cbz"),
            shelf.change(comics[REPLACED], keeps_original=True),
            shelf.change(comics[RENAMED], rewrites=False, new_name="new.cbz"),
            shelf.remove(comics[REMOVED]),
        ]
        self.results = {
            change.pk: None if change.removes else sha256(root / change.result_path)
            for change in self.changes
        }
        self.ends: list[Change | ComicError] = []
        self.was_killed = False

    def run(self, hook: Hook | None = None) -> list[str]:
        """Which calls it took."""
        with watching(hook) as calls:
            try:
                self.ends = self._undo()
            except Killed:
                self.was_killed = True
        return calls.names

    def _undo(self) -> list[Change | ComicError]:
        found = Change.objects.select_related("library", "comic__library")
        changes = list(found.filter(pk__in=self.results).order_by("pk"))
        records = Records(changes)
        ends: list[Change | ComicError] = []
        plans = []
        for change in changes:
            try:
                plans.append((records.look(change), Author()))
            except ComicError as error:
                ends.append(error)
        return ends + bring_back(plans)

    def check(self) -> int:
        """How many are undone. Raises Broken."""
        if not self.was_killed and Change.objects.open().exists():
            raise Broken("a change is left open")
        list(recover_all())
        if Change.objects.open().exists():
            raise Broken("recovery left a change open")
        undone = set(Change.objects.done().values_list("reverts", flat=True)) - {None}
        wanted = {}
        for change in self.changes:
            change.refresh_from_db(fields=["undone_at"])
            if (change.pk in undone) != (change.undone_at is not None):
                raise Broken(f"{change.path} does not say whether it stands")
            if change.pk in undone:
                wanted[change.path] = self.former
            elif (result := self.results[change.pk]) is not None:
                wanted[change.result_path] = result
        found = {name: sha256(self.shelf.root / name) for name in self.shelf.names()}
        if found != wanted:
            raise Broken(f"found {found}, but the journal says {wanted}")
        if set(Comic.objects.present().values_list("path", flat=True)) != set(wanted):
            raise Broken("the rows do not follow")
        originals = sum(
            change.keeps_original and change.pk not in undone for change in self.changes
        )
        if self.shelf.trash().count(self.former) < originals:
            raise Broken("an original is lost that a change still needs")
        said = {end.reverts_id for end in self.ends if isinstance(end, Change)}
        if not self.was_killed and said != undone:
            raise Broken(f"said to be undone: {said}; undone: {undone}")
        return len(undone)


def test_undisturbed_all_are_undone_with_few_commits_and_syncs(tmp_path: Path) -> None:
    undone = Undone(tmp_path / "comics")
    calls = undone.run()
    assert undone.check() == 4
    assert Comic.objects.count() == 4
    journalled = [name for name in calls if name in ("reserve", "make_ready", "finish")]
    assert journalled == ["reserve", "make_ready", "finish"]


@pytest.mark.parametrize("kind", TRIED)
def test_whatever_call_fails_each_change_wholly_stands_or_is_wholly_undone(
    tmp_path: Path, kind: str
) -> None:
    count = len(Undone(tmp_path / "comics").run())
    endings = set()
    for nth in range(1, count + 4):
        undone = Undone(tmp_path / "comics")
        undone.run(KINDS[kind](nth))
        endings.add(undone.check())
    # What goes wrong with one does not stop the others.
    assert endings & {1, 2, 3}
    assert 4 in endings
