"""Whether somebody has a file open for writing, where Linux tells."""

import errno
import fcntl
import signal
import sys
from contextlib import suppress
from pathlib import Path

from library.files import opened_for_reading


def is_written(file: Path) -> bool:
    """False also where that cannot be seen: on network file systems, and of files that belong to
    another user.

    The kernel refuses a read lease (fcntl(2), F_SETLEASE) on a file that is open for writing.
    """
    if sys.platform != "linux":
        return False
    try:
        with opened_for_reading(file) as descriptor:
            # Somebody who opens it in this very moment breaks the lease, of which the kernel
            # tells by SIGIO; that would end this process, and SIGURG does not.
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            with suppress(OSError):
                fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False
