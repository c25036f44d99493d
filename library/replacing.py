"""Give a comic its new file or its new name: the only code that touches the comic's own name.

Nobody's file is ever overwritten or removed but the one that was read. The steps, in order:

A new file under the old name (`replace`):
1. Both files are still the ones expected.
2. Exchange their names in one step (renameat2 with RENAME_EXCHANGE).
3. Look at what came out. Is it not the file that was read, exchange back: that is a conflict.
4. Sync the folder, and only then remove what came out.

A new name (`rename`):
1. The file is still the one expected.
2. Rename so that an existing name is never taken over (RENAME_NOREPLACE).
3. Look at what arrived. Is it not the file that was read, rename back: that is a conflict.
4. Sync the folder.

Both at once (`replace_and_rename`): the new file takes the new name as in `rename`, so a taken
name leaves everything as it was. Then the folder is synced, the old file moves aside under a
temporary name, is looked at, and is removed.

A journal of these steps, undo and trash belong between "look" and "remove".
"""

import os
from contextlib import suppress
from pathlib import Path

from library.archives.rewriting import BuiltFile, temporary_name
from library.exceptions import FileChanged, FileProblem, NameTaken
from library.files import (
    FileIdentity,
    identity_at,
    opened_folder,
    plain_errors,
    remove_if_same,
    sync_folder,
)
from library.renaming import are_one_entry, exchange, rename_to_free_name


def settle(
    path: Path, expected: FileIdentity, *, built: BuiltFile | None, new_name: str | None
) -> FileIdentity:
    """Take the steps that a plan needs; returns the comic's identity afterwards.

    Whatever goes wrong, the built file is gone and the comic is as it was.

    Raises:
        NameTaken: another file has the new name.
        FileChanged: the comic is no longer the file that was read.
        FileProblem: the file system refused.
    """
    if built and new_name:
        return replace_and_rename(path, built, new_name, expected)
    if built:
        return replace(path, built, expected)
    if new_name:
        return rename(path, new_name, expected)
    return expected


def replace(path: Path, built: BuiltFile, expected: FileIdentity) -> FileIdentity:
    with plain_errors(), opened_folder(path.parent) as folder:
        try:
            _check_both(folder, path.name, built, expected)
            _take_name(folder, path.name, built, expected)
        except BaseException:
            remove_if_same(folder, built.name, built.identity)
            raise
        return built.identity


def rename(path: Path, new_name: str, expected: FileIdentity) -> FileIdentity:
    _check_new_name(new_name)
    with plain_errors(), opened_folder(path.parent) as folder:
        if identity_at(folder, path.name) != expected:
            raise _changed(folder, path.name)
        try:
            rename_to_free_name(folder, path.name, new_name)
        except FileExistsError as error:
            raise NameTaken(f"“{new_name}” exists already.") from error
        try:
            if identity_at(folder, new_name) != expected:
                raise FileChanged
            sync_folder(folder)
        except BaseException:
            rename_to_free_name(folder, new_name, path.name)
            raise
        return expected


def replace_and_rename(
    path: Path, built: BuiltFile, new_name: str, expected: FileIdentity
) -> FileIdentity:
    try:
        _check_new_name(new_name)
    except FileProblem:
        discard(path, built)
        raise
    with plain_errors(), opened_folder(path.parent) as folder:
        if are_one_entry(folder, path.name, new_name):
            # The two names differ only in case, on a file system to which they are the same.
            replace(path, built, expected)
            return rename(path, new_name, built.identity)
        try:
            _check_both(folder, path.name, built, expected)
            rename_to_free_name(folder, built.name, new_name)
        except FileExistsError as error:
            remove_if_same(folder, built.name, built.identity)
            raise NameTaken(f"“{new_name}” exists already.") from error
        except BaseException:
            remove_if_same(folder, built.name, built.identity)
            raise
        _retire(folder, path.name, new_name, built, expected)
        return built.identity


def discard(path: Path, built: BuiltFile) -> None:
    """Remove a built file that is not wanted any more; the comic stays as it is."""
    with suppress(OSError), opened_folder(path.parent) as folder:
        remove_if_same(folder, built.name, built.identity)


def _check_new_name(name: str) -> None:
    if "/" in name or "\0" in name or name in ("", ".", ".."):
        raise FileProblem(f"“{name}” cannot be a file's name.")


def _check_both(folder: int, name: str, built: BuiltFile, expected: FileIdentity) -> None:
    if identity_at(folder, name) != expected:
        raise _changed(folder, name)
    if identity_at(folder, built.name) != built.identity:
        raise FileChanged("The new file was changed by someone else before it was in place.")


def _changed(folder: int, name: str) -> FileChanged | FileProblem:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return FileProblem("The file is no longer there.")
    return FileChanged()


def _take_name(folder: int, name: str, built: BuiltFile, expected: FileIdentity) -> None:
    if not exchange(folder, built.name, name):
        sync_folder(folder)
        return
    try:
        if identity_at(folder, built.name) != expected:
            raise FileChanged
        sync_folder(folder)
        os.unlink(built.name, dir_fd=folder)
    except BaseException:
        exchange(folder, built.name, name)
        raise


def _retire(
    folder: int, name: str, new_name: str, built: BuiltFile, expected: FileIdentity
) -> None:
    """Remove the old file; if it is not the one that was read, take the new file back instead."""
    aside = temporary_name()
    try:
        sync_folder(folder)
        rename_to_free_name(folder, name, aside)
        if identity_at(folder, aside) != expected:
            raise FileChanged
        sync_folder(folder)
        os.unlink(aside, dir_fd=folder)
    except BaseException:
        with suppress(FileNotFoundError):  # it had not moved yet
            rename_to_free_name(folder, aside, name)
        remove_if_same(folder, new_name, built.identity)
        raise
