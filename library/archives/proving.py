"""What proves a .cbz that a patch brings back, without all of it having been read before.

The archive has a CRC-32 of what each of its members holds. All its other bytes, these sums among
them, are few: the frame, whose SHA-256 is kept with the patch. Both together tell whether the file
is the former one: to the byte where members are stored, and where they are deflated in all that
they hold, because other bits may mean the same there.
"""

import hashlib
import os

from library.archives.cbz import check_limits, check_sums
from library.archives.exceptions import DamagedArchive
from library.archives.filebytes import chunks
from library.archives.zipdirectory import Directory, read_directory
from library.archives.ziprecords import DEFLATED, STORED


def frame_of(file: int, directory: Directory) -> bytes | None:
    """The SHA-256 of all but the members' data.

    None where members are packed in a way that not every machine can unpack to compare the sums.
    """
    if any(member.method not in (STORED, DEFLATED) for member in directory.members):
        return None
    digest = hashlib.sha256()
    position = 0
    for member in sorted(directory.members, key=lambda member: member.header_offset):
        for _, chunk in chunks(file, position, member.data_offset):
            digest.update(chunk)
        position = member.end
    for _, chunk in chunks(file, position, os.fstat(file).st_size):
        digest.update(chunk)
    return digest.digest()


def prove(file: int, frame: bytes, *, is_damaged: bool) -> None:
    """What is known to be damaged is proved by its frame alone.

    Raises:
        DamagedArchive: it is another frame, or a member does not hold what its sum says.
    """
    directory = read_directory(file)
    check_limits(directory)
    if frame_of(file, directory) != frame:
        raise not_rebuilt()
    if not is_damaged:
        check_sums(file, directory)


def not_rebuilt() -> DamagedArchive:
    return DamagedArchive("The former file could not be rebuilt to the byte.")
