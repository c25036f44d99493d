"""What a RAR file's headers say, the same for RAR4 and RAR5, read without unpacking anything."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    """No folder, and no link."""
    is_link: bool
    is_stored: bool
    is_hashed_otherwise: bool = False
    """With BLAKE2 in place of a CRC."""
    same_as: str = ""
    """The entry before it whose bytes it has too: it brings none of its own."""
    source: int | None = None
    """That entry's index."""


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
    if (
        member.is_stored
        and member.is_file
        and not member.same_as
        and member.packed_size != member.entry.size
    ):
        raise DamagedArchive("An entry of the archive is described in two ways.")
    members.append(member)


def finished(members: list[RarMember]) -> RarTable:
    # In a solid archive small files share what came before, so only the sum tells.
    members = _with_sources(members)
    check_total(sum(m.entry.size for m in members), sum(m.packed_size for m in members))
    has_links = any(member.is_link for member in members)
    return RarTable(tuple(members), "It holds links, which were left out." if has_links else "")


def _with_sources(members: Sequence[RarMember]) -> list[RarMember]:
    """Copies get the size and sum of what they are copies of; one of nothing is a mere link."""
    sources: dict[str, RarMember] = {}
    found = []
    for member in members:
        source = sources.get(member.same_as)
        if source is not None:
            entry = replace(member.entry, size=source.entry.size, crc=source.entry.crc)
            member = replace(member, entry=entry, source=source.entry.index)
        elif member.same_as:
            member = replace(member, is_file=False, is_link=True)
        elif member.is_file:
            sources.setdefault(member.entry.name, member)
        found.append(member)
    return found
