import stat
import zlib
from os import pread

from library.archives.base import (
    MAX_MEMBER_BYTES,
    MAX_RATIO,
    MAX_TOTAL_BYTES,
    MAX_XML_BYTES,
    RATIO_MATTERS_FROM_BYTES,
    Contents,
    choose_comicinfo,
    reading_order,
)
from library.archives.exceptions import (
    DamagedArchive,
    EncryptedArchive,
    NotAComic,
    RefusedArchive,
)
from library.archives.zipdirectory import Directory, Member, read_directory
from library.archives.ziprecords import DEFLATED, FLAG_ENCRYPTED, STORED


def read_contents(file: int) -> Contents:
    """What an open .cbz holds.

    Raises:
        ArchiveError: one of its kinds, when it is no sound comic.
    """
    directory = read_directory(file)
    check_limits(directory)
    pages = reading_order(member.name for member in directory.members if _is_file(member))
    if not pages:
        raise NotAComic("The archive holds no page images.")
    stored = comicinfo_members(directory)
    remark = "It holds ComicInfo.xml more than once; the last one counts." if stored[1:] else ""
    return Contents(pages, read_member(file, stored[-1]) if stored else None, remark)


def comicinfo_members(directory: Directory) -> tuple[Member, ...]:
    """Every member under the name of the comic's ComicInfo.xml; the last one counts."""
    chosen = choose_comicinfo(member.name for member in directory.members)
    if chosen is None:
        return ()
    return tuple(m for m in directory.members if m.name.lower() == chosen.lower())


def check_limits(directory: Directory) -> None:
    total = compressed_total = 0
    for member in directory.members:
        if member.flags & FLAG_ENCRYPTED:
            raise EncryptedArchive("The archive is protected by a password.")
        if ".." in member.name.replace("\\", "/").split("/") or "\0" in member.name:
            raise RefusedArchive("The archive holds an entry that points out of it.")
        if member.method == STORED and member.compressed_size != member.size:
            raise DamagedArchive("An entry of the archive is described in two ways.")
        if member.size > MAX_MEMBER_BYTES:
            raise RefusedArchive("The archive holds an entry of more than 256 MiB.")
        _check_ratio(member.size, member.compressed_size)
        total += member.size
        compressed_total += member.compressed_size
    if total > MAX_TOTAL_BYTES:
        raise RefusedArchive("The archive would unpack to more than 8 GiB.")
    _check_ratio(total, compressed_total)


def _check_ratio(size: int, compressed_size: int) -> None:
    if size > RATIO_MATTERS_FROM_BYTES and size > MAX_RATIO * compressed_size:
        raise RefusedArchive("The archive would unpack to suspiciously much.")


def read_member(file: int, member: Member) -> bytes:
    """A small member's bytes, checked against its sum."""
    if member.size > MAX_XML_BYTES or member.compressed_size > MAX_XML_BYTES:
        raise RefusedArchive("ComicInfo.xml is larger than 2 MiB.")
    data = pread(file, member.compressed_size, member.data_offset)
    if member.method == DEFLATED:
        data = _inflate(data, member.size)
    elif member.method != STORED:
        raise RefusedArchive("ComicInfo.xml is compressed in a way that cannot be read.")
    if len(data) != member.size or zlib.crc32(data) != member.crc:
        raise DamagedArchive("ComicInfo.xml in the archive is damaged.")
    return data


def _inflate(data: bytes, size: int) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size + 1)
    except zlib.error as error:
        raise DamagedArchive("ComicInfo.xml in the archive is damaged.") from error


def _is_file(member: Member) -> bool:
    kind = stat.S_IFMT(member.mode)
    return kind in (0, stat.S_IFREG)
