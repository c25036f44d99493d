"""The files to measure on: the same bytes at every run."""

import io
import random
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import py7zr
from PIL import Image

from tests.library.archives.rar_making import rar5_bytes

PAGES = 30
SMALL_COMICS = 1000
TAGS = {
    "Series": "Ash and Ember",
    "Number": "7",
    "Title": "The Coal Road",
    "Publisher": "Lantern Press",
    "Summary": "Two sisters follow a road that burns. " * 5,
    "Year": "2014",
}
OTHER_TAGS = TAGS | {"Title": "What the Smoke Said"}

_LARGE_PAGE, _SMALL_PAGE = (1800, 2780), (160, 240)
_DATE = (2020, 1, 1, 0, 0, 0)


def large_pages() -> dict[str, bytes]:
    """45 MB of JPEGs, as big as scanned pages are."""
    return {f"{n:03}.jpg": _jpeg(_LARGE_PAGE, grain=3, seed=n) for n in range(1, PAGES + 1)}


def small_pages(number: int) -> dict[str, bytes]:
    """20 to 60 kB of tiny JPEGs; other ones in each comic."""
    chance = random.Random(number)
    pages = range(1, chance.randint(4, 8) + 1)
    return {f"{n:03}.jpg": _small_page(chance.randrange(64)) for n in pages}


def zip_file(path: Path, members: Mapping[str, bytes], *, deflated: bool = False) -> Path:
    method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.external_attr = 0o644 << 16
            archive.writestr(info, data, method)
    return path


def other_containers(folder: Path, pages: Mapping[str, bytes]) -> Iterator[tuple[str, Path]]:
    """The pages as .cbr, .cb7 and .cbt; RAR stored, because nothing free compresses it."""
    rar = folder / "large.cbr"
    rar.write_bytes(rar5_bytes(pages))
    yield "cbr", rar
    seven = folder / "large.cb7"
    with py7zr.SevenZipFile(seven, "w") as archive:
        for name, data in pages.items():
            archive.writestr(data, name)
    yield "cb7", seven
    tar = folder / "large.cbt"
    with tarfile.open(tar, "w") as tape:
        for name, data in pages.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tape.addfile(info, io.BytesIO(data))
    yield "cbt", tar


def small_comics(folder: Path, *, tagged: bool) -> list[Path]:
    """Named as the job would name them, so that only their tags are wanting."""
    folder.mkdir(parents=True)
    return [_small_comic(folder, number, tagged=tagged) for number in range(1, SMALL_COMICS + 1)]


def _small_comic(folder: Path, number: int, *, tagged: bool) -> Path:
    pages = small_pages(number)
    if tagged:
        pages["ComicInfo.xml"] = comicinfo(pages, _SMALL_PAGE)
    return zip_file(folder / f"Ash and Ember - Chapter {number:04}.cbz", pages)


def with_tags(pages: Mapping[str, bytes], *, first: bool = False) -> dict[str, bytes]:
    """The large pages with a ComicInfo.xml behind or before them."""
    tags = {"ComicInfo.xml": comicinfo(pages, _LARGE_PAGE)}
    return {**tags, **pages} if first else {**pages, **tags}


def comicinfo(pages: Mapping[str, bytes], size: tuple[int, int]) -> bytes:
    """With the list of pages that most programs write; else some would look at each page."""
    elements = "".join(f"  <{name}>{text.strip()}</{name}>\n" for name, text in TAGS.items())
    width, height = size
    listed = "".join(
        f'    <Page Image="{n}" ImageSize="{len(data)}" ImageWidth="{width}"'
        f' ImageHeight="{height}" />\n'
        for n, data in enumerate(pages.values())
    )
    pages_element = f"  <PageCount>{len(pages)}</PageCount>\n  <Pages>\n{listed}  </Pages>\n"
    head = '<?xml version="1.0" encoding="utf-8"?>\n<ComicInfo>\n'
    return f"{head}{elements}{pages_element}</ComicInfo>\n".encode()


@cache
def _small_page(seed: int) -> bytes:
    return _jpeg(_SMALL_PAGE, grain=6, seed=seed)


def _jpeg(size: tuple[int, int], *, grain: int, seed: int) -> bytes:
    """Noise, because a plain picture would be much smaller than a drawn page."""
    width, height = size[0] // grain, size[1] // grain
    noise = random.Random(seed).randbytes(width * height)
    image = Image.frombytes("L", (width, height), noise).resize(size).convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=75)
    return buffer.getvalue()
