"""Renames that never take over a name, by renameat2(2) and, where that is missing, by hand."""

import ctypes
import errno
import os
from collections.abc import Callable

_NOREPLACE = 1
_EXCHANGE = 2
_UNSUPPORTED = frozenset([errno.EINVAL, errno.ENOSYS, errno.ENOTSUP])
_NO_LINKS = frozenset([errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EINVAL])

_libc = ctypes.CDLL(None, use_errno=True)
_renameat2: Callable[..., int] | None = getattr(_libc, "renameat2", None)


def rename_to_free_name(folder: int, name: str, new_name: str) -> None:
    """Rename within the folder.

    Raises:
        FileExistsError: the new name is another file's; nothing was changed.
    """
    if are_one_entry(folder, name, new_name):
        os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=folder)
        return
    try:
        _rename_with(folder, name, new_name, _NOREPLACE)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        _link_and_unlink(folder, name, new_name)


def exchange(folder: int, new: str, name: str) -> bool:
    """Let two files swap names, and say True.

    False where the file system cannot: there the new file took the name and the old one is gone.
    """
    try:
        _rename_with(folder, new, name, _EXCHANGE)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
        return False
    return True


def are_one_entry(folder: int, name: str, new_name: str) -> bool:
    """One file under both names, as when they differ in case where case does not count.

    Two hard links of one file look alike, so a file with several counts as two.
    """
    if name == new_name:
        return True
    return _same_file(folder, name, new_name) and _status(folder, name).st_nlink == 1


def _same_file(folder: int, name: str, other: str) -> bool:
    try:
        return os.path.samestat(_status(folder, name), _status(folder, other))
    except FileNotFoundError:
        return False


def _status(folder: int, name: str) -> os.stat_result:
    return os.stat(name, dir_fd=folder, follow_symlinks=False)


def _rename_with(folder: int, name: str, new_name: str, flag: int) -> None:
    if _renameat2 is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if _renameat2(folder, os.fsencode(name), folder, os.fsencode(new_name), flag):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), name)


def _link_and_unlink(folder: int, name: str, new_name: str) -> None:
    try:
        os.link(name, new_name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _checked_rename(folder, name, new_name)
        return
    if _same_file(folder, name, new_name):  # else someone put another file there meanwhile
        os.unlink(name, dir_fd=folder)


def _checked_rename(folder: int, name: str, new_name: str) -> None:
    """The last resort, for file systems with neither: a short moment is left unguarded."""
    try:
        _status(folder, new_name)
    except FileNotFoundError:
        os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new_name)
