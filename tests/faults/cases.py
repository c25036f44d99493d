"""One comic, one change, something in the way; then a restart, and what must hold."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from library.exceptions import ComicError
from library.models import Change, TrashedFile
from library.recovering import recover_all
from library.undoing import undo
from tests.faults.calls import Hook, Killed, watching
from tests.library.archives.making import comic_bytes
from tests.library.shelving import Shelf, clear, identity, sha256

FULL = bool(os.environ.get("FAULT_ROUNDS"))
OLD, NEW, MOVED = "Ash/old.cbz", "Ash/new.cbz", "Birch/Deep/new.cbz"
COMIC = comic_bytes({"Series": "Ash"})


@dataclass(frozen=True)
class Way:
    """What the change does."""

    rewrites: bool = True
    renames: bool = False
    keeps_original: bool = False
    removes: bool = False
    """To the trash."""
    restores: bool = False
    """From there."""
    moves: bool = False
    """Into a folder that is yet to be made."""
    crosses: bool = False
    """As to another file system."""

    @property
    def result_path(self) -> str:
        if self.moves:
            return MOVED
        return NEW if self.renames else OLD


REWRITE, RENAME = Way(), Way(rewrites=False, renames=True)
BOTH = Way(renames=True)
BOTH_KEPT = Way(renames=True, keeps_original=True)
TRASH, RESTORE = Way(removes=True, keeps_original=True), Way(restores=True)
MOVE, MOVE_BOTH = Way(rewrites=False, renames=True, moves=True), Way(renames=True, moves=True)
CROSS = Way(rewrites=False, renames=True, moves=True, crosses=True, keeps_original=True)
CROSS_BOTH = Way(renames=True, moves=True, crosses=True, keeps_original=True)
WAYS = (REWRITE, RENAME, TRASH, RESTORE)
WAYS = (*WAYS, BOTH, BOTH_KEPT) if FULL else WAYS
MOVES = (MOVE, CROSS, MOVE_BOTH, CROSS_BOTH) if FULL else (MOVE, CROSS)


Contents = list[tuple[str, str]]
"""Each file and its SHA-256."""


class Broken(AssertionError):
    """A promise was broken."""


@dataclass
class Case:
    root: Path
    way: Way
    renameat2: bool = True
    killed: bool = False
    error: Exception | None = None
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        clear()
        shutil.rmtree(self.root, ignore_errors=True)
        self.shelf = Shelf(self.root)
        self.comic = self.shelf.comic(OLD, data=COMIC)
        self.former = sha256(self.comic.file)
        self.expected = identity(self.comic.file)
        if self.way.restores:
            self.removal = self.shelf.remove(self.comic)
            self.comic.refresh_from_db()
        self.before = self.contents()

    def run(self, hook: Hook | None = None) -> None:
        try:
            with watching(hook, renameat2=self.renameat2) as calls:
                self._make_change()
        except Killed:
            self.killed = True
        except ComicError as error:
            self.error = error
        self.calls = calls.names

    def _make_change(self) -> None:
        if self.way.removes:
            self.shelf.remove(self.comic, expected=self.expected)
        elif self.way.restores:
            undo(self.removal)
        else:
            self.shelf.change(
                self.comic,
                rewrites=self.way.rewrites,
                new_name="new.cbz" if self.way.renames else "",
                new_folder="Birch/Deep" if self.way.moves else None,
                crosses=self.way.crosses,
                keeps_original=self.way.keeps_original,
                expected=self.expected,
            )

    def recover(self, hook: Hook | None = None) -> None:
        try:
            with watching(hook, renameat2=self.renameat2) as calls:
                list(recover_all())
        except Killed:
            pass
        self.calls = calls.names

    def check_result(self, result: Contents) -> None:
        """After one fault, and a restart where it killed: wholly done or wholly undone."""
        if not self.killed:
            self._require(not Change.objects.open().exists(), "nothing is left open")
        self.recover()
        self._require(not Change.objects.open().exists(), "the journal is closed")
        is_done = self.is_done
        wanted = result if is_done else self.before
        self._require(self.contents() == wanted, f"it is what the journal says: {wanted}")
        self._require(is_done or self.killed or self.error is not None, "a failure is said")
        if not is_done:
            self._require(not (self.root / "Birch").exists(), "folders made in vain are gone")
        self.comic.refresh_from_db()
        self._require(self.comic.path == (wanted[0][0] if wanted else OLD), "the row follows")
        self._require(self.comic.present == bool(wanted), "the row says whether it is there")
        if is_done and self.way.keeps_original or not wanted:
            self._require(self.former in self.shelf.trash(), "the original is in the trash")
            self._require(TrashedFile.objects.exists(), "the trash is on record")

    @property
    def is_done(self) -> bool:
        change = Change.objects.last()
        is_earlier = self.way.restores and change == self.removal
        return change is not None and not is_earlier and change.state == Change.State.DONE

    def contents(self) -> Contents:
        return [
            (name, sha256(self.root / name) if (self.root / name).is_file() else "none")
            for name in self.shelf.names()
        ]

    def _require(self, holds: bool, what: str) -> None:
        if not holds:
            state = Change.objects.values_list("state", flat=True).first()
            raise Broken(f"{what}: {self.contents()} journal={state} error={self.error!r}")


def reference(root: Path, way: Way, *, renameat2: bool = True) -> tuple[Contents, int]:
    """The library as it is then, and how many calls an undisturbed change takes."""
    case = Case(root, way, renameat2)
    case.run()
    assert case.error is None
    return case.contents(), len(case.calls)


def every_call(count: int) -> Iterator[int]:
    """A fault makes for more calls, so a few beyond the undisturbed change's."""
    return iter(range(1, count + 4))
