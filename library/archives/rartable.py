"""What a RAR file's headers say, the same for RAR4 and RAR5, read without unpacking anything."""

import os
from dataclasses import dataclass

from library.archives.base import Entry, check_size, check_total
from library.archives.exceptions import DamagedArchive, EncryptedArchive

CUT_OFF = "The archive ends too early."
BAD_HEADER = "The archive's table of contents is damaged."
ONE_OF_SEVERAL = "The archive is one part of several."


@dataclass(frozen=True, slots=True)
class RarMember:
    entry: Entry
    packed_size: int
    data_offset: int
    is_file: bool
    """An ordinary file: no folder, link, or copy of another entry."""
    is_link: bool
    is_stored: bool
    is_hashed_otherwise: bool = False
    """With BLAKE2 in place of a CRC."""


@dataclass(frozen=True, slots=True)
class RarTable:
    members: tuple[RarMember, ...]
    remark: str = ""


class Window:
    """Exact reads from an open file."""

    def __init__(self, file: int) -> None:
        self._file = file
        self.size = os.fstat(file).st_size

    def read(self, offset: int, size: int) -> bytes:
        data = os.pread(self._file, size, offset)
        if len(data) != size:
            raise DamagedArchive(CUT_OFF)
        return data


def encrypted() -> EncryptedArchive:
    return EncryptedArchive("The archive is protected by a password.")


def add_checked(members: list[RarMember], member: RarMember, window: Window) -> None:
    """Append, after what can be said of one entry alone."""
    check_size(member.entry.size)
    if member.data_offset + member.packed_size > window.size:
        raise DamagedArchive(CUT_OFF)
    if member.is_stored and member.is_file and member.packed_size != member.entry.size:
        raise DamagedArchive("An entry of the archive is described in two ways.")
    members.append(member)


def finished(members: list[RarMember]) -> RarTable:
    # In a solid archive small files share what came before, so only the sum tells.
    check_total(sum(m.entry.size for m in members), sum(m.packed_size for m in members))
    has_links = any(member.is_link for member in members)
    return RarTable(tuple(members), "It holds links, which were left out." if has_links else "")
