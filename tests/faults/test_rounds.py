"""Comics that change places, with something in the way: all have, or none has."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from library.archives.constructions import BuiltFile, Workplace
from library.archives.rewriting import rewrite
from library.changing import carry_out_all
from library.exceptions import ComicError
from library.journal import Intent
from library.models import Change
from library.recovering import recover_all
from tests.faults.calls import FEW, KINDS, Call, Hook, Killed, watching
from tests.faults.cases import FULL, Broken
from tests.library.archives.making import comic_bytes
from tests.library.shelving import TAGS, XML, Shelf, clear, identity, sha256

pytestmark = pytest.mark.django_db

GOALS = {"Ash/a.cbz": "Ash/b.cbz", "Ash/b.cbz": "Birch/c.cbz", "Birch/c.cbz": "Ash/a.cbz"}
SWAP = {"Ash/a.cbz": "Ash/b.cbz", "Ash/b.cbz": "Ash/a.cbz"}
TRIED = tuple(KINDS) if FULL else FEW
COMICS = [comic_bytes({"Series": "Ash"}, pages=pages) for pages in (1, 2, 3)]
MINE = b"someone's own work"
Contents = dict[str, str]


class Round:
    """The first of the comics gets other tags too, where it `rewrites`."""

    def __init__(
        self, root: Path, goals: dict[str, str], *, rewrites: bool, renameat2: bool = True
    ) -> None:
        clear()
        shutil.rmtree(root, ignore_errors=True)
        self.shelf, self.goals, self.renameat2 = Shelf(root), goals, renameat2
        self.comics = [
            self.shelf.comic(path, data=data) for path, data in zip(goals, COMICS, strict=False)
        ]
        self.expected = [identity(comic.file) for comic in self.comics]
        self.before = self.contents()
        self.rewritten = self.comics[:1] if rewrites else []
        self.killed = False
        self.problems: list[ComicError] = []

    def run(self, hook: Hook | None = None) -> list[str]:
        """Which calls it took."""
        with watching(hook, renameat2=self.renameat2) as calls:
            try:
                ended = carry_out_all(
                    [self._intent(n) for n in range(len(self.comics))], self._build
                )
                self.problems = [each for each in ended if isinstance(each, ComicError)]
            except Killed:
                self.killed = True
            except ComicError as error:
                self.problems = [error]
        return calls.names

    def _intent(self, n: int) -> Intent:
        comic = self.comics[n]
        folder, _, name = self.goals[comic.path].rpartition("/")
        after = TAGS if comic in self.rewritten else comic.tags
        return Intent(
            comic, "test", self.expected[n], new_name=name, new_folder=folder, after=after
        )

    def _build(self, places: Sequence[Workplace]) -> Sequence[BuiltFile | None]:
        return [
            rewrite(comic.file, XML, expected=expected, place=place)
            if comic in self.rewritten
            else None
            for comic, expected, place in zip(self.comics, self.expected, places, strict=True)
        ]

    def contents(self) -> Contents:
        return {name: sha256(self.shelf.root / name) for name in self.shelf.names()}

    def check(self, result: Contents) -> bool:
        """Whether all have changed places. Raises Broken."""
        if not self.killed and Change.objects.open().exists():
            raise Broken("a change is left open")
        list(recover_all())
        if Change.objects.open().exists():
            raise Broken("recovery left a change open")
        done = Change.objects.done().count()
        if self.contents() != (result if done else self.before) or done not in (
            0,
            len(self.comics),
        ):
            raise Broken(f"{self.contents()}, done: {done}, {self.problems}")
        if not self.killed and not done and not self.problems:
            raise Broken("a failure is not said")
        for comic, path in zip(self.comics, self.goals, strict=True):
            comic.refresh_from_db()
            if comic.path != (self.goals[path] if done else path):
                raise Broken(f"the row of {path} does not follow: {comic.path}")
        return bool(done)


WAYS = [(SWAP, False, True), (GOALS, True, True), (GOALS, True, False)]


def undisturbed(root: Path, *way: Any) -> tuple[Contents, int]:
    goals, rewrites, renameat2 = way
    round_ = Round(root, goals, rewrites=rewrites, renameat2=renameat2)
    calls = round_.run()
    result = round_.contents()
    assert round_.check(result)
    assert result.keys() == round_.before.keys()
    assert result != round_.before
    return result, len(calls)


@pytest.mark.parametrize("kind", TRIED)
@pytest.mark.parametrize("way", WAYS, ids=["swap", "cycle", "without exchange"])
def test_whatever_call_fails_all_have_changed_places_or_none(
    tmp_path: Path, way: tuple[dict[str, str], bool, bool], kind: str
) -> None:
    root = tmp_path / "comics"
    goals, rewrites, renameat2 = way
    result, count = undisturbed(root, *way)
    endings = set()
    for nth in range(1, count + 4):
        round_ = Round(root, goals, rewrites=rewrites, renameat2=renameat2)
        round_.run(KINDS[kind](nth))
        endings.add(round_.check(result))
    # A copy that ends early hurts only where something is copied.
    assert endings == ({True} if kind == "short" and not rewrites else {True, False})


@pytest.mark.parametrize("way", WAYS if FULL else WAYS[1:2])
def test_recovery_that_is_killed_is_gone_on_with(
    tmp_path: Path, way: tuple[dict[str, str], bool, bool]
) -> None:
    root = tmp_path / "comics"
    goals, rewrites, renameat2 = way
    result, count = undisturbed(root, *way)
    for nth in range(1, count + 1, 1 if FULL else 11):
        second = 0
        while True:
            second += 1 if FULL else 7
            round_ = Round(root, goals, rewrites=rewrites, renameat2=renameat2)
            round_.run(KINDS["killed after"](nth))
            hook = KINDS["killed before"](second)
            with watching(hook, renameat2=renameat2) as calls, suppress(Killed):
                list(recover_all())
            round_.check(result)
            if len(calls.names) < second:
                break


def edit(file: Path) -> None:
    with file.open("ab") as stream:
        stream.write(MINE)


def replace(file: Path) -> None:
    other = file.with_name("other")
    other.write_bytes(MINE)
    other.rename(file)


@pytest.mark.parametrize("act", [edit, replace])
@pytest.mark.parametrize("way", WAYS if FULL else WAYS[:2])
def test_what_the_user_does_meanwhile_is_kept_and_no_comic_is_lost(
    tmp_path: Path, way: tuple[dict[str, str], bool, bool], act: Callable[[Path], None]
) -> None:
    root = tmp_path / "comics"
    goals, rewrites, renameat2 = way
    result, count = undisturbed(root, *way)
    for nth in range(1, count + 3):
        for name in goals if FULL else list(goals)[nth % len(goals) :][:1]:
            round_ = Round(root, goals, rewrites=rewrites, renameat2=renameat2)
            round_.run(before_call(nth, root / name, act))
            list(recover_all())
            found = round_.contents()
            lost = lost_of(round_, found, result, act)
            if lost > 0 or any(".cm-" in name for name in found):
                raise Broken(f"call {nth}: {found}, {round_.problems}")
            if Change.objects.open().exists():
                raise Broken(f"call {nth}: the journal is open")


def lost_of(round_: Round, found: Contents, result: Contents, act: object) -> int:
    """How many of the comics, old or new, are nowhere; the user has overwritten one himself."""
    there = {*found.values(), *round_.shelf.trash()}
    before = [*round_.before.values()]
    new = {v for v in result.values() if v not in before}
    missing = sum(digest not in there for digest in before)
    missing -= bool(new & there) and round_.before[next(iter(round_.before))] not in there
    mine = sum((round_.shelf.root / name).read_bytes().endswith(MINE) for name in found)
    mine += sum(
        file.read_bytes().endswith(MINE)
        for file in round_.shelf.root.glob(".comicmaintainer/trash/*")
    )
    return missing - mine


def before_call(nth: int, file: Path, act: Callable[[Path], None]) -> Hook:
    def hook(number: int, name: str, call: Call, args: tuple[Any, ...]) -> Any:
        if number == nth and file.exists():
            act(file)
        return call()

    return hook
