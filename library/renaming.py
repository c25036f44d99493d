"""Renames that never take over a name, by renameat2(2) and, where that is missing, by hand."""

import ctypes
import errno
import os
import secrets
from collections.abc import Callable
from contextlib import suppress

_NOREPLACE = 1
_EXCHANGE = 2
_UNSUPPORTED = frozenset([errno.EINVAL, errno.ENOSYS, errno.ENOTSUP])
NO_LINKS = frozenset([errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EINVAL])
"""How a file system says that it has no hard links, or none for this file."""

_libc = ctypes.CDLL(None, use_errno=True)
_renameat2: Callable[..., int] | None = getattr(_libc, "renameat2", None)


class CannotExchange(Exception):
    """The file system has no exchange of names; nothing was changed."""


def rename_to_free_name(
    folder: int, name: str, new_name: str, *, new_folder: int | None = None
) -> None:
    """Rename within the folder, or into another one on the same file system.

    Raises:
        FileExistsError: the new name is another file's; nothing was changed.
    """
    target = folder if new_folder is None else new_folder
    if target == folder and are_one_entry(folder, name, new_name):
        os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=folder)
        return
    try:
        _rename_with(folder, name, target, new_name, _NOREPLACE)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        _link_and_unlink(folder, name, target, new_name)


def exchange(folder: int, name: str, other: str, *, other_folder: int | None = None) -> None:
    """Let two files swap names in one step, in one folder or in two on one file system.

    Raises:
        CannotExchange
    """
    there = folder if other_folder is None else other_folder
    try:
        _rename_with(folder, name, there, other, _EXCHANGE)
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            raise CannotExchange from error
        raise


def can_exchange(folder: int) -> bool:
    """Tried with two files that are gone again. Raises OSError where none can be made."""
    names = [f".cm-{secrets.token_hex(8)}.try" for _ in range(2)]
    try:
        for name in names:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            os.close(os.open(name, flags, 0o600, dir_fd=folder))
        exchange(folder, *names)
    except CannotExchange:
        return False
    finally:
        for name in names:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
    return True


def are_one_entry(folder: int, name: str, new_name: str) -> bool:
    """One file under both names, as when they differ in case where case does not count.

    Two hard links of one file look alike, so a file with several counts as two.
    """
    if name == new_name:
        return True
    return (
        _same_file(folder, name, folder, new_name)
        and os.stat(name, dir_fd=folder, follow_symlinks=False).st_nlink == 1
    )


def _same_file(folder: int, name: str, other_folder: int, other: str) -> bool:
    try:
        return os.path.samestat(
            os.stat(name, dir_fd=folder, follow_symlinks=False),
            os.stat(other, dir_fd=other_folder, follow_symlinks=False),
        )
    except FileNotFoundError:
        return False


def _rename_with(folder: int, name: str, new_folder: int, new_name: str, flag: int) -> None:
    if _renameat2 is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if _renameat2(folder, os.fsencode(name), new_folder, os.fsencode(new_name), flag):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), name)


def _link_and_unlink(folder: int, name: str, new_folder: int, new_name: str) -> None:
    try:
        os.link(name, new_name, src_dir_fd=folder, dst_dir_fd=new_folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        _checked_rename(folder, name, new_folder, new_name)
        return
    if not _same_file(folder, name, new_folder, new_name):
        return  # someone put another file there meanwhile
    try:
        os.unlink(name, dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(new_name, dir_fd=new_folder)
        raise


def _checked_rename(folder: int, name: str, new_folder: int, new_name: str) -> None:
    """The last resort, for file systems with neither: a short moment is left unguarded."""
    try:
        os.stat(new_name, dir_fd=new_folder, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=new_folder)
    else:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new_name)
