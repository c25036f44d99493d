"""One comic's place while its file is replaced or moved: the single steps, and what they tell.

`library.replacing` says in which order they are taken, and why.
"""

import errno
import os
from contextlib import suppress
from dataclasses import dataclass, replace

from library.archives.constructions import temporary_name
from library.exceptions import ComicError, FileChanged, FileProblem, NameTaken
from library.files import FileIdentity, exists_at, identity_at, sync_folder
from library.renaming import (
    NO_LINKS,
    CannotExchange,
    are_one_entry,
    exchange,
    rename_to_free_name,
)
from library.rotating import Spot, Traveller
from library.trash import copy_file, throw_away, trash_name


@dataclass(frozen=True, slots=True)
class Replacement:
    """What the journal knows of one change to one file."""

    root: str
    """The library's folder."""
    folder: str
    """The comic's, relative to the root."""
    name: str
    new_name: str
    """Empty where it keeps its place."""
    token: str
    former: FileIdentity | None
    """None where there is none: the file comes back out of the trash."""
    result: FileIdentity | None
    """The same as `former` in a plain rename; None while the new file is being built, or where
    there is to be none."""
    keeps_original: bool = False
    removes: bool = False
    """The former file goes to the trash, and none takes its place."""
    new_folder: str | None = None
    """None where it stays in its folder."""
    crosses: bool = False
    """Another file system has the new folder, so the new file is built there."""

    @property
    def target(self) -> str:
        """The folder of the new name."""
        return self.folder if self.new_folder is None else self.new_folder

    @property
    def builds(self) -> bool:
        return self.result != self.former

    @property
    def temporary(self) -> str:
        return temporary_name(self.token)

    @property
    def aside(self) -> str:
        """Where the former file is kept on file systems that cannot exchange."""
        return f".cm-{self.token}.old"

    @property
    def way(self) -> str:
        """Where it waits while it changes places with others, on such file systems."""
        return f".cm-{self.token}.way"

    def trash_names(self) -> dict[str, str]:
        """The name in the trash of what lies under each of our hidden names."""
        hidden = (self.temporary, self.aside, self.way)
        return {name: trash_name(f"{self.token}.{n}", self.name) for n, name in enumerate(hidden)}


def check_name(name: str) -> None:
    """Raises FileProblem for what is no name of a file in a folder."""
    if "/" in name or "\0" in name or name in ("", ".", ".."):
        raise FileProblem(f"“{name}” cannot be a file's name.")


class Place:
    """The comic's folder and that of its new name, held open, so that no step can be led into
    another one."""

    def __init__(self, replacement: Replacement, folder: int, target: int | None = None) -> None:
        self._it = replacement
        self._folder = folder
        self._target = folder if target is None or _are_same(folder, target) else target
        self._former = replacement.former and replacement.former.within(folder)
        self._result = replacement.result and replacement.result.within(folder)
        self._arriving = replacement.result and replacement.result.within(self._target)
        self._hidden = (replacement.temporary, replacement.aside)
        self.builds = replacement.builds
        self.goes_round = False
        """The new name is another's, which gives it away in the same step (`library.rotating`)."""

    def check(self) -> None:
        it = self._it
        check_name(it.new_name or it.name)
        if not self._is(it.name, self._former):
            raise self._changed()
        if self.builds and not self._is(it.temporary, self._result):
            raise FileChanged("The new file was changed by someone else before it was in place.")
        if it.new_name and not self.goes_round and not self._is_free(it.new_name):
            raise name_taken(it.new_name)

    def is_begun(self) -> bool:
        it = self._it
        if self._result is None:
            return False
        return self._has_arrived() or (self.builds and self._is(it.name, self._result))

    def take_name(self) -> None:
        it = self._it
        try:
            exchange(self._folder, it.temporary, it.name)
        except CannotExchange:
            self._rename_over()

    def _rename_over(self) -> None:
        it, folder = self._it, self._folder
        try:
            os.link(it.name, it.aside, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            if it.keeps_original:
                copy_file(folder, it.name, folder, it.aside)
        if not self._is(it.name, self._former):
            raise self._changed()
        os.rename(it.temporary, it.name, src_dir_fd=folder, dst_dir_fd=folder)

    def advance(self) -> None:
        """From the exchange to the point where, once synced, the former file is not needed."""
        it = self._it
        self.look()
        if it.new_name and self._is(it.name, self._result):
            self._give_new_name()
        if it.new_name and not self._has_arrived():
            raise FileChanged

    def look(self) -> None:
        """Is what came out the file that was read? If not, it goes back to its name."""
        for name in self._hidden:
            if self._exists(name) and not self._is_former(name):
                raise FileChanged

    def _give_new_name(self) -> None:
        it = self._it
        if self._has_arrived() and not self._is_one_entry():
            # It was killed between the link and the unlink that stand for a rename.
            self._unlink(it.name)
            return
        try:
            rename_to_free_name(self._folder, it.name, it.new_name, new_folder=self._target)
        except FileExistsError as error:
            raise name_taken(it.new_name) from error
        except FileNotFoundError as error:
            if self._is(it.name, self._result):
                raise FolderGone from error
            raise
        except OSError as error:
            if error.errno == errno.EXDEV:
                raise OtherFileSystem from error
            raise
        if not self._has_arrived():
            # Someone put another file there at the last moment: it keeps the name it had.
            rename_to_free_name(self._target, it.new_name, it.name, new_folder=self._folder)
            raise FileChanged

    def let_go(self) -> None:
        """The former file leaves."""
        if not self.builds:
            return
        self.look()
        for name in filter(self._exists, self._hidden):
            if self._it.keeps_original:
                self._throw_away(name)
            else:
                self._unlink(name)

    def traveller(self) -> Traveller:
        """Where it goes round with others. Raises FileChanged while it is not built."""
        if self._result is None:
            raise FileChanged
        it = self._it
        return Traveller(
            self._result,
            home=Spot(self._folder, it.name),
            aside=Spot(self._folder, it.way),
        )

    def sync(self) -> None:
        """Where it arrives first: rather two names than none."""
        for folder in dict.fromkeys((self._target, self._folder)):
            sync_folder(folder)

    def take_back(self) -> bool:
        """False where the change stands, because the former file is gone or its name is taken."""
        back = self._bring_back() if self.builds else self._rename_back()
        for folder in dict.fromkeys((self._folder, self._target)):
            sync_folder(folder)
        self.sweep()
        return back

    def _bring_back(self) -> bool:
        """Whatever came out under our hidden name goes back, also when it was changed since."""
        it = self._it
        kept = next(
            (n for n in self._hidden if self._exists(n) and not self._is(n, self._result)), None
        )
        if self._has_arrived() and (kept is None or not self._rename_back()):
            return False
        if not self._is(it.name, self._result):
            return True  # it never came there, or someone put something else there
        if kept is None:
            return False
        try:
            exchange(self._folder, kept, it.name)
        except CannotExchange:
            os.rename(kept, it.name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        return True

    def _rename_back(self) -> bool:
        """Whether the old name leads to it again."""
        it = self._it
        if not self._has_arrived():
            return True
        if self._is(it.name, self._result) and not self._is_one_entry():
            # What a link without its unlink has left. A former file's second name may be
            # someone's own; the built file's cannot.
            if self.builds:
                os.unlink(it.new_name, dir_fd=self._target)
            return True
        with suppress(FileExistsError):
            rename_to_free_name(self._target, it.new_name, it.name, new_folder=self._folder)
            return True
        return False

    def sweep(self) -> None:
        """Remove what is provably our own copy; all else under our names goes to the trash."""
        for name in (*self._hidden, self._it.way):
            if self._is_ours(name):
                self._unlink(name)
            elif self._exists(name):
                self._throw_away(name)
        sync_folder(self._folder)

    def _is_ours(self, name: str) -> bool:
        it = self._it
        if self.builds and self._is(name, self._result):
            return True
        kept_in_vain = name == it.aside and self._is(it.name, self._former)
        return kept_in_vain and self._is_former(name)

    def _is_former(self, name: str) -> bool:
        found = identity_at(self._folder, name)
        if name == self._it.aside and found and self._former:
            # It may be a copy, where the file system has no links: then it is another inode.
            found = replace(found, inode=self._former.inode)
        return found is not None and found == self._former

    def _throw_away(self, name: str) -> None:
        throw_away(self._it.root, self._folder, name, self._it.trash_names()[name])

    def _changed(self) -> FileChanged | FileProblem:
        if self._exists(self._it.name):
            return FileChanged()
        return FileProblem("The file is no longer there.")

    def _is(self, name: str, identity: FileIdentity | None) -> bool:
        return identity is not None and identity_at(self._folder, name) == identity

    def _exists(self, name: str) -> bool:
        return exists_at(self._folder, name)

    def _is_free(self, new_name: str) -> bool:
        return not exists_at(self._target, new_name) or self._is_one_entry()

    def _has_arrived(self) -> bool:
        """Whether the result has its new name."""
        if not self._it.new_name or self._arriving is None:
            return False
        return identity_at(self._target, self._it.new_name) == self._arriving

    def _is_one_entry(self) -> bool:
        it = self._it
        return self._target == self._folder and are_one_entry(self._folder, it.name, it.new_name)

    def _unlink(self, name: str) -> None:
        os.unlink(name, dir_fd=self._folder)


class OtherFileSystem(ComicError):
    """The new folder is on another one, where no rename leads; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("The new folder is on another file system.")


class FolderGone(ComicError):
    """The new folder was removed while it was open; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("The new folder was removed meanwhile.")


def _are_same(folder: int, other: int) -> bool:
    """Also under two names, as where case does not count."""
    return folder == other or os.path.samestat(os.fstat(folder), os.fstat(other))


def name_taken(name: str) -> NameTaken:
    return NameTaken(f"“{name}” exists already.")
