"""One comic, one change, something in the way; then a restart, and what must hold."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from library.exceptions import ComicError
from library.models import Change, Comic, TrashedFile
from library.recovering import recover_all
from tests.faults.calls import Hook, Killed, watching
from tests.library.archives.making import comic_bytes
from tests.library.shelving import Shelf, identity, sha256

FULL = bool(os.environ.get("FAULT_ROUNDS"))
OLD, NEW = "Ash/old.cbz", "Ash/new.cbz"
COMIC = comic_bytes({"Series": "Ash"})


@dataclass(frozen=True)
class Way:
    """What the change does."""

    rewrites: bool = True
    renames: bool = False
    keeps_original: bool = False

    @property
    def result_path(self) -> str:
        return NEW if self.renames else OLD


REWRITE, RENAME = Way(), Way(rewrites=False, renames=True)
BOTH = Way(renames=True)
BOTH_KEPT = Way(renames=True, keeps_original=True)
WAYS = (REWRITE, RENAME, BOTH, BOTH_KEPT) if FULL else (REWRITE, RENAME)


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
        for model in (TrashedFile, Change, Comic):
            # Thousands of cases: a delete that collects nothing saves a third of their time.
            model.objects.all()._raw_delete("default")
        shutil.rmtree(self.root, ignore_errors=True)
        self.shelf = Shelf(self.root)
        self.comic = self.shelf.comic(OLD, data=COMIC)
        self.former = sha256(self.comic.file)
        self.expected = identity(self.comic.file)

    def run(self, hook: Hook | None = None) -> None:
        try:
            with watching(hook, renameat2=self.renameat2) as calls:
                self.shelf.change(
                    self.comic,
                    rewrites=self.way.rewrites,
                    new_name="new.cbz" if self.way.renames else "",
                    keeps_original=self.way.keeps_original,
                    expected=self.expected,
                )
        except Killed:
            self.killed = True
        except ComicError as error:
            self.error = error
        self.calls = calls.names

    def recover(self, hook: Hook | None = None) -> None:
        try:
            with watching(hook, renameat2=self.renameat2) as calls:
                list(recover_all())
        except Killed:
            pass
        self.calls = calls.names

    def check_result(self, result: str) -> None:
        """After one fault, and a restart where it killed: wholly done or wholly undone."""
        if not self.killed:
            self._require(not Change.objects.open().exists(), "nothing is left open")
        self.recover()
        change = Change.objects.first()
        self._require(change is None or not change.is_open, "the journal is closed")
        is_done = change is not None and change.state == Change.State.DONE
        wanted = (self.way.result_path, result) if is_done else (OLD, self.former)
        self._require(self.contents() == [wanted], f"it is what the journal says: {wanted}")
        self._require(is_done or self.killed or self.error is not None, "a failure is said")
        self.comic.refresh_from_db()
        self._require(self.comic.path == wanted[0], "the row follows")
        if is_done and self.way.keeps_original:
            self._require(self.shelf.trash() == [self.former], "the original is in the trash")

    def contents(self) -> list[tuple[str, str]]:
        return [
            (name, sha256(self.root / name) if (self.root / name).is_file() else "none")
            for name in self.shelf.names()
        ]

    def _require(self, holds: bool, what: str) -> None:
        if not holds:
            state = Change.objects.values_list("state", flat=True).first()
            raise Broken(f"{what}: {self.contents()} journal={state} error={self.error!r}")


def reference(root: Path, way: Way, *, renameat2: bool = True) -> tuple[str, int]:
    """The result's SHA-256 and how many calls an undisturbed change takes."""
    case = Case(root, way, renameat2)
    case.run()
    assert case.error is None
    ((_, result),) = case.contents()
    return result, len(case.calls)


def every_call(count: int) -> Iterator[int]:
    """A fault makes for more calls, so a few beyond the undisturbed change's."""
    return iter(range(1, count + 4))
