"""What can unpack RAR's compression: installed libraries, tried in this order.

None of them is trusted with the headers: `rartable` has read those before, and each file's size
and sum are compared with them afterwards.
"""

import io
import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from library.archives import libarchiving
from library.archives.base import MAX_MEMBER_BYTES
from library.archives.exceptions import DamagedArchive
from library.archives.libarchiving import CannotDecode, bounded, path_of
from library.archives.rartable import RarTable

Decode = Callable[[int, RarTable, Collection[int]], Iterator[tuple[int, bytes]]]
"""The open archive, its headers and the indexes of the wanted members, to each with its bytes."""


def decode_with_unrar(
    file: int, table: RarTable, wanted: Collection[int]
) -> Iterator[tuple[int, bytes]]:
    """UnRAR itself, through unrar2-cffi's one-pass reading: its `read()` starts anew each time."""
    try:
        from unrar.cffi.unrarlib import (  # type: ignore[import-untyped]
            BadRarFile,
            RarArchive,
        )
    except (ImportError, OSError) as error:
        raise CannotDecode from error
    last, index = max(wanted), -1
    try:
        with RarArchive.open_for_processing(path_of(file)) as archive:
            for index, header in enumerate(archive.iterate_headers()):
                if index not in wanted:
                    header.skip()
                    continue
                buffer = io.BytesIO()
                header.test(bounded(buffer, table.members[index].entry.size))
                yield index, buffer.getvalue()
                buffer.close()
                if index == last:
                    return
    except BadRarFile as error:
        if index < 0:
            raise CannotDecode from error
        raise _damaged() from error
    # It ends its list silently where it cannot go on: kinds that it does not know list nothing.
    raise CannotDecode if index < 0 else _damaged()


def decode_with_rarfile(
    file: int, table: RarTable, wanted: Collection[int]
) -> Iterator[tuple[int, bytes]]:
    """rarfile, with whichever of unar, unrar and 7z it finds.

    These programs take neighbours for further volumes, so they see the file alone in a folder.
    """
    try:
        import rarfile  # type: ignore[import-untyped]
    except ImportError as error:
        raise CannotDecode from error
    with tempfile.TemporaryDirectory(prefix="comic-") as folder:
        lone = Path(folder, "comic.rar")
        lone.symlink_to(f"/proc/{os.getpid()}/fd/{file}")
        try:
            with rarfile.RarFile(lone) as archive:
                infos = archive.infolist()
                for index in sorted(wanted):
                    with archive.open(infos[index]) as stream:
                        yield index, stream.read(MAX_MEMBER_BYTES + 1)
        except rarfile.RarCannotExec as error:
            raise CannotDecode from error
        except (rarfile.Error, IndexError, ValueError, OSError) as error:
            raise _damaged() from error


def decode_with_libarchive(
    file: int, table: RarTable, wanted: Collection[int]
) -> Iterator[tuple[int, bytes]]:
    format_name = "rar5" if os.pread(file, 8, 0)[6] else "rar"
    for index, (_, unpack) in enumerate(libarchiving.entries(file, format_name)):
        if index in wanted:
            yield index, unpack(table.members[index].entry.size)


DECODERS: dict[str, Decode] = {
    "unrar2-cffi": decode_with_unrar,
    "rarfile": decode_with_rarfile,
    "libarchive": decode_with_libarchive,
}


def _damaged() -> DamagedArchive:
    return DamagedArchive("The archive's compressed bytes are damaged.")
