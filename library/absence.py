"""One comic's place while its file leaves for the trash, comes back from there, or goes to another
file system.

The steps are those of `library.place`, in the order of `library.replacing`, but on one side of
the change there is no file. At every moment one of our names or the trash has it.
"""

import os
from contextlib import suppress
from dataclasses import replace

from library.exceptions import FileChanged
from library.files import identity_at, sync_folder
from library.place import Place, Replacement, check_name, name_taken
from library.renaming import rename_to_free_name
from library.trash import opened_trash


def place_of(replacement: Replacement, folder: int, target: int | None = None) -> Place:
    if replacement.removes:
        return Departure(replacement, folder)
    if not replacement.former:
        return Arrival(replacement, folder)
    if replacement.crosses and target is not None:
        return Crossing(replacement, folder, target)
    return Place(replacement, folder, target)


class Departure(Place):
    """The file gets a hidden name first, is looked at there, and then goes to the trash."""

    def check(self) -> None:
        if not self._is(self._it.name, self._former):
            raise self._changed()

    def is_begun(self) -> bool:
        if self._is(self._it.name, self._former):
            return False
        return self._exists(self._it.aside) or self._is_in_trash()

    def take_name(self) -> None:
        rename_to_free_name(self._folder, self._it.name, self._it.aside)

    def advance(self) -> None:
        self.look()
        if not self._exists(self._it.aside) and not self._is_in_trash():
            raise FileChanged

    def take_back(self) -> bool:
        back = self._put_back()
        sync_folder(self._folder)
        self.sweep()
        return back

    def _put_back(self) -> bool:
        """Whatever came out under our hidden name goes back, also when it was changed since."""
        it = self._it
        if self._is(it.name, self._former):
            return True  # what a link without its unlink has left is swept away
        if not self._exists(it.aside):
            return not self._is_in_trash()
        with suppress(FileExistsError):
            rename_to_free_name(self._folder, it.aside, it.name)
            return True
        # Someone's new file has the name: what came out goes on to the trash.
        return not self._is(it.aside, self._former)

    def sweep(self) -> None:
        super().sweep()
        it = self._it
        if self._is(it.name, self._former):
            with suppress(FileNotFoundError), opened_trash(it.root, make=False) as trash:
                kept = it.trash_names()[it.aside]
                if identity_at(trash, kept) == self._former:
                    os.unlink(kept, dir_fd=trash)  # what a link without its unlink has left

    def _is_former(self, name: str) -> bool:
        return self._is(name, self._former)  # never a copy: it was renamed

    def _is_in_trash(self) -> bool:
        """Or a copy of it, where the trash is on another file system."""
        it, former = self._it, self._former
        with suppress(FileNotFoundError), opened_trash(it.root, make=False) as trash:
            kept = identity_at(trash, it.trash_names()[it.aside])
            if kept and former:
                return (kept.size, kept.mtime_ns) == (former.size, former.mtime_ns)
        return False


class Arrival(Place):
    """A second name of the file in the trash, or a copy of it, becomes the comic's name."""

    def check(self) -> None:
        it = self._it
        check_name(it.name)
        if not self._is(it.temporary, self._result):
            raise FileChanged("The new file was changed by someone else before it was in place.")
        if self._exists(it.name):
            raise name_taken(it.name)

    def is_begun(self) -> bool:
        return self._is(self._it.name, self._result)

    def take_name(self) -> None:
        it = self._it
        try:
            rename_to_free_name(self._folder, it.temporary, it.name)
        except FileExistsError as error:
            raise name_taken(it.name) from error

    def advance(self) -> None:
        it = self._it
        if not self._is(it.name, self._result):
            raise FileChanged
        if self._is(it.temporary, self._result):
            self._unlink(it.temporary)  # killed between the link and the unlink of a rename

    def let_go(self) -> None:
        """Nothing leaves; the trash lets go of its own name when the journal is closed."""

    def take_back(self) -> bool:
        """The trash has it still. It is set aside first, to be looked at there."""
        it, folder = self._it, self._folder
        if self._is(it.name, self._result):
            rename_to_free_name(folder, it.name, it.aside)
            if not self._is(it.aside, self._result):
                with suppress(FileExistsError):
                    rename_to_free_name(folder, it.aside, it.name)
        sync_folder(folder)
        self.sweep()
        return True

    def _is_ours(self, name: str) -> bool:
        return self._is(name, self._result)


class Crossing(Place):
    """A copy that was built in the other folder arrives there, and then the original departs."""

    def __init__(self, replacement: Replacement, folder: int, target: int) -> None:
        super().__init__(replacement, folder, target)
        alone = replace(replacement, new_folder=None, new_name="")
        self._departure = Departure(replace(alone, result=None, removes=True), folder)
        there = replace(alone, folder=replacement.target, name=replacement.new_name, former=None)
        self._arrival = Arrival(there, target)

    def check(self) -> None:
        self._departure.check()
        self._arrival.check()

    def is_begun(self) -> bool:
        return self._arrival.is_begun()

    def take_name(self) -> None:
        self._arrival.take_name()

    def advance(self) -> None:
        self._arrival.advance()

    def let_go(self) -> None:
        if not self._departure.is_begun():
            self._departure.sweep()  # of a link without its unlink
            self._departure.check()
            self._departure.take_name()
        self._departure.advance()
        self._departure.let_go()

    def take_back(self) -> bool:
        if not self._departure.take_back():
            return False
        return self._arrival.take_back()

    def sweep(self) -> None:
        self._departure.sweep()
        self._arrival.sweep()


class Stranded(Place):
    """Its new folder is not there, or no folder: what has not come there goes back."""

    def __init__(self, replacement: Replacement, folder: int) -> None:
        super().__init__(replacement, folder)
        alone = replace(replacement, new_folder=None, new_name="", crosses=False)
        leaving = replace(alone, result=None, removes=True)
        self._left = Departure(leaving, folder) if replacement.crosses else Place(alone, folder)

    def is_begun(self) -> bool:
        return False

    def sweep(self) -> None:
        self._left.take_back()
