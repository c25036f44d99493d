"""Which blocks two files share, as the system tells it; and on a disk that really shares some."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from library.archives import building, extents
from library.archives.exceptions import DamagedArchive
from library.archives.extents import unshared
from library.archives.filebytes import copy_range
from library.archives.patching import Span
from library.archives.rewriting import rewrite
from library.files import FileIdentity
from tests.library.archives.making import PAGE, pages_of, zip_bytes

XML = b"<ComicInfo><Series>Moss</Series></ComicInfo>"
SHARED, LAST, MERGED, DELAYED, ENCODED, UNWRITTEN = 0x2000, 0x1, 0x1000, 0x4, 0x8, 0x800
Told = tuple[int, int, int, int]
"""Start and stop in the file, place on the disk, flags."""


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken for large ones."""
    monkeypatch.setattr(extents, "_WORTH_BYTES", 0)


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[int, int]]:
    opened = [os.open(tmp_path / name, os.O_RDWR | os.O_CREAT) for name in ("old", "new")]
    yield opened[0], opened[1]
    for file in opened:
        os.close(file)


def tell(
    monkeypatch: pytest.MonkeyPatch, files: tuple[int, int], old: list[Told], new: list[Told]
) -> None:
    told = dict(zip(files, (old, new), strict=True))

    def listed(file: int, how: int) -> Any:
        return [(extents._Extent(*each[:3]), each[3]) for each in told[file]]

    monkeypatch.setattr(extents, "_listed", listed)


WHOLE = [Span(0, 100, 0)]
SOUND = (0, 100, 5000, SHARED | LAST)


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ([SOUND], [SOUND], []),
        ([SOUND], [(0, 100, 5000, SHARED | MERGED)], []),
        ([SOUND], [(0, 100, 6000, SHARED)], [(0, 100)]),
        ([SOUND], [(0, 60, 5000, SHARED)], [(60, 100)]),
        ([SOUND], [(0, 40, 5000, SHARED), (40, 50, 9000, 0), (50, 100, 5050, SHARED)], [(40, 50)]),
        ([(0, 40, 5000, SHARED), (50, 100, 5050, SHARED)], [SOUND], [(40, 50)]),
        ([(0, 30, 5000, SHARED), (30, 100, 7000, SHARED)], [SOUND], [(30, 100)]),
        ([SOUND], [(10, 110, 5000, SHARED)], [(0, 100)]),
        ([], [SOUND], [(0, 100)]),
        ([SOUND], [], [(0, 100)]),
        *(
            ([(0, 100, 5000, SHARED | flag)], [(0, 100, 5000, SHARED | flag)], [(0, 100)])
            for flag in (DELAYED, ENCODED, UNWRITTEN)
        ),
        ([(0, 100, 5000, 0)], [SOUND], [(0, 100)]),
        ([(0, 100, 0, 0)], [(0, 100, 0, 0)], [(0, 100)]),
    ],
)
def test_only_what_surely_lies_in_the_same_blocks_is_shared(
    files: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
    old: list[Told],
    new: list[Told],
    left: list[tuple[int, int]],
) -> None:
    tell(monkeypatch, files, old, new)
    assert list(unshared(*files, WHOLE)) == [Span(*each, each[0]) for each in left]


def test_spans_that_lie_elsewhere_in_the_new_file_are_found_there(
    files: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(monkeypatch, files, [SOUND], [(0, 60, 5040, SHARED)])
    assert list(unshared(*files, [Span(40, 100, 0)])) == []
    assert list(unshared(*files, [Span(30, 100, 0)])) == [Span(30, 100, 0)]
    spans = [Span(0, 20, 80), Span(50, 90, 10)]
    assert list(unshared(*files, spans)) == [Span(0, 20, 80)]


def test_where_nobody_tells_all_is_compared(
    files: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(file: int, how: int) -> Any:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(extents, "_listed", refused)
    assert list(unshared(*files, WHOLE)) == WHOLE


def test_a_file_without_a_copy_shares_nothing(tmp_path: Path, files: tuple[int, int]) -> None:
    """Asks the system that this runs on, whatever it is."""
    for file in files:
        os.pwrite(file, PAGE * 1000, 0)
        os.fsync(file)
    assert list(unshared(*files, WHOLE)) == WHOLE


@pytest.fixture(scope="module", params=["xfs", "btrfs"])
def disk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A file system that shares blocks; skips where none can be mounted."""
    maker = shutil.which(f"mkfs.{request.param}", path=f"{os.environ['PATH']}:/usr/sbin")
    if maker is None or os.geteuid() != 0:
        pytest.skip("no such file system can be made here")
    folder = tmp_path_factory.mktemp(request.param)
    image, place = folder / "image", folder / "disk"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(400 * 2**20)
    subprocess.run([maker, "-q", image], check=True, capture_output=True)
    mounting = ["mount", "-o", "loop", image, place]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.parametrize("tags", ["", "first", "last"])
def test_pages_on_a_disk_that_shares_blocks_are_not_read(
    disk: Path, monkeypatch: pytest.MonkeyPatch, tags: str
) -> None:
    members = {f"{n}.jpg": PAGE * 10_000 + bytes([n]) for n in range(4)}
    old = {"ComicInfo.xml": XML[:-20] + b"</Series></ComicInfo>"} if tags else {}
    path = disk / "a.cbz"
    path.write_bytes(zip_bytes({**old, **members} if tags == "first" else {**members, **old}))
    compared: list[Span] = []
    real = building.unshared

    def noted(*args: Any) -> Iterator[Span]:
        for span in real(*args):
            compared.append(span)
            yield span

    monkeypatch.setattr(building, "unshared", noted)
    built = rewrite(path, XML, expected=FileIdentity.of(path.lstat()))
    assert pages_of(disk / built.name) == members
    assert sum(span.stop - span.start for span in compared) < 3 * 4096
    assert bool(built.patch)
    (disk / built.name).unlink()


def test_a_block_that_was_written_since_is_compared(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also before it is on the disk."""
    path = disk / "b.cbz"
    path.write_bytes(zip_bytes({f"{n}.jpg": PAGE * 10_000 for n in range(4)}))

    def badly(source: int, target: int, start: int, stop: int, *, to: int) -> None:
        copy_range(source, target, start, stop, to=to)
        os.pwrite(target, b"\xff", to + 500_000)

    from library.archives import rewriting

    monkeypatch.setattr(rewriting, "copy_range", badly)
    with pytest.raises(DamagedArchive, match="pages did not read back"):
        rewrite(path, XML, expected=FileIdentity.of(path.lstat()))
