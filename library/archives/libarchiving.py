"""libarchive, where the system has it: for what the other libraries do not unpack."""

import io
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from library.archives.exceptions import DamagedArchive


class CannotDecode(Exception):
    """The library is missing, or does not know this kind of archive; another one may."""


def path_of(file: int) -> str:
    """A path to the very file that is open, whatever has its name by now."""
    return f"/dev/fd/{file}"


def bounded(buffer: io.BytesIO, size: int) -> Callable[[bytes], None]:
    """Takes one byte more than expected, so that too many are noticed and not kept."""

    def receive(chunk: bytes) -> None:
        buffer.write(chunk[: size + 1 - buffer.tell()])

    return receive


def entries(file: int, format_name: str) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    """Each entry's name and what unpacks it, given its size; not to be called later.

    Raises:
        CannotDecode: there is no libarchive here, or none that knows the format.
        DamagedArchive: it does not unpack.
    """
    try:
        # Without the system's library the import fails in any of these ways.
        import libarchive  # type: ignore[import-untyped]
    except (ImportError, OSError, AttributeError, TypeError) as error:
        raise CannotDecode from error
    own = os.open(path_of(file), os.O_RDONLY | os.O_CLOEXEC)
    try:
        with libarchive.fd_reader(own, format_name=format_name) as archive:
            for entry in archive:
                yield entry.pathname or "", partial(_unpacked, entry)
    except ValueError as error:
        raise CannotDecode from error
    except libarchive.ArchiveError as error:
        raise _damaged() from error
    finally:
        os.close(own)


def _unpacked(entry: Any, size: int) -> bytes:
    from libarchive import ArchiveError

    buffer = io.BytesIO()
    receive = bounded(buffer, size)
    try:
        for block in entry.get_blocks():
            receive(block)
    except ArchiveError as error:
        raise _damaged() from error
    return buffer.getvalue()


def _damaged() -> DamagedArchive:
    return DamagedArchive("The archive's compressed bytes are damaged.")
