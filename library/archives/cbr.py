"""RAR: headers read here, compression undone by whichever library can."""

import base64
import os
import tempfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from library.archives.base import Entry
from library.archives.exceptions import ArchiveError, DamagedArchive, UnreadFormat
from library.archives.libarchiving import CannotDecode
from library.archives.rar4 import SIGNATURE as RAR4_SIGNATURE
from library.archives.rar4 import read_rar4
from library.archives.rar5 import read_rar5
from library.archives.rardecoding import DECODERS, Decode
from library.archives.rartable import RarMember, RarTable

RarKind = Literal["RAR4", "RAR5"]

NO_DECODER = (
    "Nothing that is installed here unpacks this kind of CBR file. "
    "Install the Python package unrar2-cffi or the program unar."
)

# Two small files, compressed and solid, as in rarfile's tests (rar3-solid.rar, rar5-solid.rar;
# copyright Marko Kreen, ISC licence). Listing proves nothing: simple readers list these as well.
_PROBES: dict[RarKind, str] = {
    "RAR4": """
        UmFyIRoHADvQcwgADQAAAAAAAAArNHSAkCwAXAAAAAAIAAADoua3xbBmzD4dMwoApIEAAHN0ZXN0MS50eHQAwBEMzP6M
        nrD+MYGrrLG7QHeoCmTWSzeDwQe8AeCFku77th0ACCAACIjpeAzSDAdhOkF4S7Nun1IK2sonQLrnC2SKYnH7uACRnlAv
        2FX/+sZY6+vE14h+VJaHH03s2RZ0kJAsAA4AAAAACAAAA6Lmt8WwZsw+HTMKAKSBAABzdGVzdDIudHh0AMCxIACIB+vy
        Cmn6/JTe0MQ9ewBABwA=""",
    "RAR5": """
        UmFyIRoHAQAJ78hvCwEFBwQGAQGAgIAA3vVwchwCAroABIAQtoMCoua3xYAbAQpzdGVzdDEudHh0waw3REQj+iP2l/1i
        U1G+TJGBQQKMwQN5XL9Ho6otoDaT3aBYAEACANRQBHb2xH8y6p8ypcTM14PfABDoLYkcAgKNAASAELaDAqLmt8XAGwEK
        c3Rlc3QyLnR4dEUVCmABAAgD37f79vwdd1ZRAwUEAA==""",
}


@dataclass(frozen=True, slots=True)
class ReaderSupport:
    name: str
    kinds: tuple[RarKind, ...]
    """What it really unpacked; empty when it is not installed or fails."""


@cache
def available_readers() -> tuple[ReaderSupport, ...]:
    """All that could unpack RAR, the first that does it first, each tried on solid archives."""
    return tuple(
        ReaderSupport(name, tuple(kind for kind in _PROBES if can_decode(name, kind)))
        for name in DECODERS
    )


@cache
def can_decode(name: str, kind: RarKind) -> bool:
    with tempfile.TemporaryFile() as probe:
        probe.write(base64.b64decode(_PROBES[kind]))
        probe.flush()
        reader = RarReader(probe.fileno(), decoders=(name,))
        try:
            return len([*reader.read(reader.entries)]) == 2
        except ArchiveError:
            return False


class RarReader:
    """A .cbr whose headers are sound and within the limits."""

    comment = b""

    def __init__(self, file: int, *, decoders: tuple[str, ...] = ()) -> None:
        """`decoders`: the only ones to use; by default all that stood the test."""
        self._file = file
        self._decoders = decoders
        is_old = os.pread(file, len(RAR4_SIGNATURE), 0) == RAR4_SIGNATURE
        self._kind: RarKind = "RAR4" if is_old else "RAR5"
        self._table: RarTable = read_rar4(file) if is_old else read_rar5(file)
        self.entries = tuple(m.entry for m in self._table.members if m.is_file)
        self.remark = self._table.remark

    def check_decoder(self) -> None:
        """Raises UnreadFormat when nothing could unpack its files."""
        if not all(member.is_stored for member in self._table.members):
            next(self._usable())

    def read(self, wanted: Collection[Entry]) -> Iterator[tuple[Entry, bytes]]:
        entries = self._by_source(wanted)
        members = [self._table.members[index] for index in sorted(entries)]
        if all(_is_plainly_stored(member) for member in members):
            found = self._stored(members)
        else:
            found = self._decoded(set(entries))
        for index, data in found:
            for entry in entries[index]:
                _check(entry, data)
                yield entry, data
            del data  # before the next one is unpacked

    def _by_source(self, wanted: Collection[Entry]) -> dict[int, list[Entry]]:
        """The indexes of what has to be unpacked, each with the entries that have its bytes."""
        entries: dict[int, list[Entry]] = {}
        for entry in sorted(wanted, key=lambda entry: entry.index):
            source = self._table.members[entry.index].source
            entries.setdefault(entry.index if source is None else source, []).append(entry)
        return entries

    def _stored(self, members: list[RarMember]) -> Iterator[tuple[int, bytes]]:
        for member in members:
            yield member.entry.index, os.pread(self._file, member.packed_size, member.data_offset)

    def _decoded(self, wanted: set[int]) -> Iterator[tuple[int, bytes]]:
        is_odd = False
        for decode in self._usable():
            left = set(wanted)
            try:
                for index, data in decode(self._file, self._table, wanted):
                    left.discard(index)
                    yield index, data
                    del data
                if not left:
                    return
            except CannotDecode:
                is_odd = True
            except DamagedArchive:
                # What one library does not know, another's word that it is damaged proves nothing.
                if not is_odd or left != wanted:
                    raise
        raise UnreadFormat(NO_DECODER)

    def _usable(self) -> Iterator[Decode]:
        names = self._decoders or (n for n in DECODERS if can_decode(n, self._kind))
        for name in names:
            yield DECODERS[name]
        raise UnreadFormat(NO_DECODER)


def _is_plainly_stored(member: RarMember) -> bool:
    return member.is_stored and not member.is_hashed_otherwise


def _check(entry: Entry, data: bytes) -> None:
    if len(data) != entry.size or entry.crc not in (None, zlib.crc32(data)):
        raise DamagedArchive("A file in the archive is damaged.")
