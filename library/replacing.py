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
Where the new names of some are each other's, these change places (`library.rotating`) instead of
step 4, wholly or not at all.

Without an exchange in the file system, a link keeps the former file while the new one is renamed
over its name; there a short moment is left unguarded against others.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Literal, Protocol

from library.absence import Stranded, place_of
from library.exceptions import ComicError, FileChanged, FileProblem, NameTaken
from library.files import opened_beneath, plain_errors, sync_folder, try_each
from library.place import Place, Replacement
from library.rotating import Rotation, rounds

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
    problems: dict[_Step, ComicError] = {}
    with ExitStack() as stack:
        opened = _Folders(stack)
        units = rounds(replacements, _origin, _goal)
        attempts = {n: _attempt(unit, opened) for n, unit in enumerate(units)}
        steps = list(attempts.values())
        try_each(steps, lambda step: step.check(), problems)
        try_each(steps, lambda step: step.take_names(), problems)
        try_each(steps, lambda step: step.sync(), problems)
        opened.changed()
        try_each(steps, lambda step: step.let_go(), problems)
        try_each([s for s in steps if s.builds], lambda step: step.sync(), problems)
    found = {r.token: problems.get(attempts[n]) for n, unit in enumerate(units) for r in unit}
    return [found[replacement.token] for replacement in replacements]


def _origin(it: Replacement) -> tuple[str, ...]:
    return it.root, it.folder, it.name


def _goal(it: Replacement) -> tuple[str, ...] | None:
    return (it.root, it.target, it.new_name) if it.new_name else None


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


def recover_round(replacements: Sequence[Replacement]) -> list[Ending]:
    """The same for several that change places: on if all of them are there, else back.

    Raises FileProblem.
    """
    with plain_errors(), ExitStack() as stack:
        places = [stack.enter_context(_opened(replacement)) for replacement in replacements]
        if all(it.result for it in replacements):
            rotation = Rotation([place.traveller() for place in places])
            if rotation.is_whole and rotation.is_begun:
                with suppress(NameTaken, FileChanged):
                    rotation.go_round()
                    _let_go(places)
                    return ["done" for _ in places]
            with suppress(FileChanged):
                rotation.go_back()
        return ["taken_back" if place.take_back() else "done" for place in places]


def _let_go(places: Sequence[Place]) -> None:
    for place in places:
        place.sync()
    for place in places:
        place.let_go()
    for place in places:
        place.sync()


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


def _attempt(unit: Sequence[Replacement], folders: _Folders) -> "_Step":
    if len(unit) == 1:
        return _Attempt(unit[0], folders)
    return _Round(unit, folders)


class _Step(Protocol):
    @property
    def builds(self) -> bool: ...

    def check(self) -> None: ...

    def take_names(self) -> None: ...

    def sync(self) -> None: ...

    def let_go(self) -> None: ...


class _Round:
    """Several that change places. What fails is left as it is: `recover_round` comes next."""

    def __init__(self, unit: Sequence[Replacement], folders: _Folders) -> None:
        self._members = [_Attempt(replacement, folders) for replacement in unit]
        self.builds = any(member.builds for member in self._members)

    def check(self) -> None:
        for member in self._members:
            member.open()
            member.place.goes_round = True
            member.place.check()

    def take_names(self) -> None:
        for member in self._members:
            if member.builds:
                member.place.take_name()
                member.place.look()
        Rotation([member.place.traveller() for member in self._members]).go_round()

    def sync(self) -> None:
        for member in self._members:
            member.sync_folders()

    def let_go(self) -> None:
        for member in self._members:
            member.place.let_go()


class _Attempt:
    """One replacement on its way; a step that fails takes it back."""

    def __init__(self, replacement: Replacement, folders: _Folders) -> None:
        self._it, self._folders = replacement, folders
        self.builds = replacement.builds
        self._is_over = False

    def open(self) -> None:
        it = self._it
        self._folder = self._target = self._folders.open(it.root, it.folder)
        if it.new_folder is not None:
            self._target = self._folders.open(it.root, it.target, make=True)
        self.place = place_of(it, self._folder, self._target)

    def check(self) -> None:
        self.open()
        try:
            self.place.check()
        except BaseException:
            self.place.sweep()
            raise

    def take_names(self) -> None:
        if self.builds:
            self._take(self.place.take_name)
        self._take(self.place.advance)

    def sync(self) -> None:
        self._take(self.sync_folders)

    def sync_folders(self) -> None:
        for folder in dict.fromkeys((self._target, self._folder)):
            self._folders.sync(folder)

    def let_go(self) -> None:
        self._take(self.place.let_go)

    def _take(self, step: Callable[[], None]) -> None:
        if self._is_over:
            return
        try:
            step()
        except BaseException:
            if self.place.take_back():
                raise
            self._is_over = True
            logger.warning("done in spite of an error file=%s", self._it.name, exc_info=True)
