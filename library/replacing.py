"""Give a comic its new file or its new name: the only code that touches the comic's own name.

Nobody's file is ever overwritten or removed but the one that was read. Up to three names in the
comic's folder lead to two files: the former one and the result, built under a temporary name.
The journal knows both by identity before `settle` begins. Its steps, in order:

1. Both files are still the ones expected, and the new name is free.
2. Exchange the temporary name with the comic's, in one step (renameat2, RENAME_EXCHANGE).
3. Look at what came out. Is it not the file that was read, exchange back: that is a conflict.
4. Rename so that an existing name is never taken over (RENAME_NOREPLACE), in the folder or into
   another one, and look at what arrived.
5. Sync the folder, the new one first. Only then the former file leaves: to the trash where it is
   kept as a whole, else for good, because the journal can rebuild it. Sync again.

A plain rename is step 1, 4 and 5 without a former file. To another file system no rename leads:
the new file is built there, gets its name, and then the original leaves. A comic that is removed
gets a hidden name instead of an exchange, and one that comes back gets a name that is free
(`library.absence`).
At every moment one of the comic's names, or the trash, leads to one whole file, and where the files
lie tells how far it came: so `recover` needs no more than the journal's row to go on from there, or
to take it back where step 2 or 4 was not reached.

Several comics take each step together, so that one sync of a folder serves all that lie in it.

Without an exchange in the file system, a link keeps the former file while the new one is renamed
over its name; there a short moment is left unguarded against others.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Literal

from library.absence import Stranded, place_of
from library.exceptions import ComicError, FileChanged, FileProblem, NameTaken
from library.files import opened_beneath, plain_errors, sync_folder, try_each
from library.place import Place, Replacement

logger = logging.getLogger(__name__)

Ending = Literal["done", "taken_back"]


def settle(replacement: Replacement) -> None:
    """Take the steps from the first to the last.

    Whatever goes wrong, the comic is as it was and the built file is gone, unless the file
    system refuses that too: then `recover` has to be called again.

    Raises:
        NameTaken: another file has the new name.
        FileChanged: the comic is no longer the file that was read.
        FileProblem: the file system refused.
    """
    [problem] = settle_all([replacement])
    if problem:
        raise problem


def settle_all(replacements: Sequence[Replacement]) -> list[ComicError | None]:
    """The same for several, in their order; what goes wrong with one concerns no other."""
    problems: dict[_Attempt, ComicError] = {}
    with ExitStack() as stack:
        opened = _Folders(stack)
        attempts = [_Attempt(replacement, opened) for replacement in replacements]
        try_each(attempts, _Attempt.check, problems)
        try_each(attempts, _Attempt.take_names, problems)
        try_each(attempts, _Attempt.sync, problems)
        opened.changed()
        try_each(attempts, _Attempt.let_go, problems)
        try_each([each for each in attempts if each.builds], _Attempt.sync, problems)
    return [problems.get(attempt) for attempt in attempts]


def recover(replacement: Replacement) -> Ending:
    """Go on from where it was interrupted, or take it back. Doing so again changes nothing.

    Raises:
        FileProblem: the folder cannot be used; nothing is known.
    """
    with plain_errors(), _opened(replacement) as place:
        if place.is_begun():
            try:
                place.advance()
                place.sync()
                place.let_go()
                place.sync()
                return "done"
            except (NameTaken, FileChanged):
                return "taken_back" if place.take_back() else "done"
        place.sweep()
        return "taken_back"


def foresee(replacement: Replacement) -> Ending:
    """What `recover` would aim at; nothing is changed. Raises FileProblem."""
    with plain_errors(), _opened(replacement) as place:
        return "done" if place.is_begun() else "taken_back"


@contextmanager
def _opened(replacement: Replacement) -> Iterator[Place]:
    it, moves = replacement, replacement.new_folder is not None
    with ExitStack() as stack:
        # The former folder may have been removed since, because it was empty.
        folder = stack.enter_context(opened_beneath(it.root, it.folder, make=moves))
        if not moves:
            yield place_of(it, folder)
            return
        try:
            target = stack.enter_context(opened_beneath(it.root, it.target))
        except (FileNotFoundError, FileProblem):
            yield Stranded(it, folder)
        else:
            yield place_of(it, folder, target)


class _Folders:
    """The folders that several comics lie in, each opened and synced once."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._opened: dict[tuple[str, str], int] = {}
        self._synced: dict[int, OSError | None] = {}

    def open(self, root: str, folder: str, *, make: bool = False) -> int:
        if (root, folder) not in self._opened:
            opened = self._stack.enter_context(opened_beneath(root, folder, make=make))
            self._opened[root, folder] = opened
        return self._opened[root, folder]

    def changed(self) -> None:
        self._synced.clear()

    def sync(self, folder: int) -> None:
        if folder not in self._synced:
            self._synced[folder] = None
            try:
                sync_folder(folder)
            except OSError as error:
                self._synced[folder] = error
        if failed := self._synced[folder]:
            raise failed


class _Attempt:
    """One replacement on its way; a step that fails takes it back."""

    def __init__(self, replacement: Replacement, folders: _Folders) -> None:
        self._it, self._folders = replacement, folders
        self.builds = replacement.builds
        self._is_over = False

    def check(self) -> None:
        it = self._it
        self._folder = self._target = self._folders.open(it.root, it.folder)
        if it.new_folder is not None:
            self._target = self._folders.open(it.root, it.target, make=True)
        self._place = place_of(it, self._folder, self._target)
        try:
            self._place.check()
        except BaseException:
            self._place.sweep()
            raise

    def take_names(self) -> None:
        if self.builds:
            self._take(self._place.take_name)
        self._take(self._place.advance)

    def sync(self) -> None:
        for folder in dict.fromkeys((self._target, self._folder)):
            self._take(lambda folder=folder: self._folders.sync(folder))  # type: ignore[misc]

    def let_go(self) -> None:
        self._take(self._place.let_go)

    def _take(self, step: Callable[[], None]) -> None:
        if self._is_over:
            return
        try:
            step()
        except BaseException:
            if self._place.take_back():
                raise
            self._is_over = True
            logger.warning("done in spite of an error file=%s", self._it.name, exc_info=True)
