"""What files cost that were made to cost much: none may take seconds or fill the memory."""

import gzip
import io
import random
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import py7zr
import pytest
from inflate64 import Deflater

from library.archives.base import MAX_NAMES_CHARACTERS, natural_key
from library.archives.opening import Page, inspect, pages
from tests.library.archives.making import PAGE, zip_bytes
from tests.library.archives.rar_making import (
    RAR4,
    RAR4_END,
    RAR4_MAIN,
    RAR5,
    RAR5_END,
    RAR5_MAIN,
    rar4_block,
    rar4_bytes,
    rar5_block,
    rar5_bytes,
)
from tests.library.archives.test_cb7 import seven_zip_bytes, with_header
from tests.library.archives.test_cbt import tar_bytes

MAKERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "cbz": zip_bytes,
    "cbt": lambda members: tar_bytes(members, form=tarfile.PAX_FORMAT),
    "cb7": lambda members: seven_zip_bytes(list(members.items())),
    "rar4": rar4_bytes,
    "rar5": rar5_bytes,
}
LARGE = 16 * 2**20


def reason(tmp_path: Path, data: bytes) -> tuple[str, str]:
    path = tmp_path / "a.cbz"
    path.write_bytes(data)
    found = inspect(path)
    return found.verdict, found.reason


@contextmanager
def at_most(size: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] <= size
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_names_are_limited_alone_and_together(
    tmp_path: Path, make: Callable[[dict[str, bytes]], bytes]
) -> None:
    overlong = make({"x" * 1025 + ".jpg": PAGE})
    assert reason(tmp_path, overlong) == ("refused", "The archive holds an overlong name.")
    many = MAX_NAMES_CHARACTERS // 1000 + 1
    found = reason(tmp_path, make({f"{number:05}{'x' * 1000}.jpg": b"" for number in range(many)}))
    assert found[0] == "refused"
    assert "too l" in found[1]


def test_the_order_of_long_names_costs_little() -> None:
    names = [f"{'1a' * 500}{number}.jpg" for number in range(500)]
    with at_most(8 * 2**20):
        keys = [natural_key(name) for name in names]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    "data",
    [
        RAR4 + RAR4_MAIN + rar4_block(0x7A, 0) * 20_001 + RAR4_END,
        RAR5 + RAR5_MAIN + rar5_block(3) * 20_001 + RAR5_END,
        tarfile.TarInfo.create_pax_global_header({"comment": "x"}) * 20_001,
    ],
    ids=["rar4", "rar5", "tar"],
)
def test_headers_count_whatever_they_are_for(tmp_path: Path, data: bytes) -> None:
    assert reason(tmp_path, data)[1].startswith("The archive has 20,001 entries")


def test_headers_of_any_length_are_limited_together(tmp_path: Path) -> None:
    header = tarfile.TarInfo.create_pax_global_header({"comment": "x" * 2**19})
    found = reason(tmp_path, gzip.compress(header * 9))
    assert found == ("refused", "The archive's table of contents is too large.")


@pytest.mark.parametrize(
    "header",
    [
        b"\1\5\1" + b"\x14\4\1\0\0\0" * 2 + b"\0\0",
        b"\1\5\1" + b"\x19\0" * 65 + b"\0\0",
        b"\1\2" + b"\x20\0" * 65 + b"\0\0",
        b"\1\5\0\0\5\0\0\0",
    ],
)
def test_a_7z_archive_says_nothing_twice(tmp_path: Path, header: bytes) -> None:
    assert reason(tmp_path, with_header(header))[0] == "damaged"


def test_a_packed_header_of_7z_is_limited(tmp_path: Path) -> None:
    coder = b"\x07\x0b\1\0\1\x21\x21\1\x18"
    size = b"\xf0" + struct.pack("<I", 5 * 2**20)
    header = b"\x17\6\0\1\x09\1\0" + coder + b"\x0c" + size + b"\0\0"
    found = reason(tmp_path, with_header(header))
    assert found == ("refused", "The archive's table of contents is too large.")


def deflate64_bytes(data: bytes, *, said: int) -> bytes:
    deflater = Deflater()
    packed = deflater.deflate(data) + deflater.flush()
    archive = bytearray(zip_bytes({"1.jpg": packed}))
    for start, offset in ((0, 8), (archive.index(b"PK\1\2"), 10)):
        struct.pack_into("<H", archive, start + offset, 9)
        struct.pack_into("<I", archive, start + offset + 14, said)
    return bytes(archive)


def test_deflate64_unpacks_no_more_than_was_promised(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(deflate64_bytes(bytes(64 * 2**20), said=1000))
    with at_most(40 * 2**20), pytest.raises(Exception, match="is damaged"):
        list(pages(path))


def copied_by_seven_zip(members: dict[str, bytes]) -> bytes:
    """Without LZMA's window, which is memory of its own."""
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", filters=[{"id": py7zr.FILTER_COPY}]) as archive:
        for name, data in members.items():
            archive.writestr(data, name)
    return buffer.getvalue()


PACKED = {
    **MAKERS,
    "cb7": copied_by_seven_zip,
    "deflated": lambda members: zip_bytes(members, compression=zipfile.ZIP_DEFLATED),
    "tar.gz": lambda members: tar_bytes(members, compression="gz"),
}


@pytest.mark.parametrize("make", PACKED.values(), ids=PACKED)
def test_no_page_is_held_twice_nor_with_the_next_one(
    tmp_path: Path, make: Callable[[dict[str, bytes]], bytes]
) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(make({f"{n}.jpg": random.Random(n).randbytes(LARGE) for n in range(3)}))
    with at_most(LARGE + 12 * 2**20):
        assert [*map(_size, pages(path))] == [LARGE] * 3


def _size(page: Page) -> int:
    return len(page.data)
