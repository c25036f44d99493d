"""A small library of real comics to try things on: the same bytes for the same arguments."""

import io
import random
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from library.exceptions import ComicError
from library.metadata.comicinfo import patch
from library.naming import DEFAULT_TEMPLATE, render

_COVER_SIZE = (400, 600)
_INK = "#1d1a26"
_PAPER = "#f7f1e3"
_BROKEN_FROM = 12
"""Smaller libraries have no broken files; nothing else would be left."""


class SamplesError(ComicError):
    """The samples cannot be made here."""


@dataclass(frozen=True, slots=True)
class _Series:
    name: str
    publisher: str
    year: int
    colours: tuple[str, str, str]
    """Sky, ground and sun of its covers."""
    titles: tuple[str, ...]

    @property
    def folder(self) -> str:
        return self.name.replace(":", "_")


@dataclass(frozen=True, slots=True)
class _Sample:
    path: str
    """Below the library's folder."""
    series: _Series
    issue: str
    tags: Mapping[str, str] | None


_SERIES = (
    _Series(
        "Ash and Ember", "Lantern Press", 2014, ("#2b2d42", "#8d2f23", "#f4a259"),
        ("Kindling", "The Coal Road", "What the Smoke Said"),
    ),
    _Series(
        "Brass Harbour", "Lantern Press", 2011, ("#0f4c5c", "#5f0f40", "#fb8b24"),
        ("Low Tide", "The Clockmaker's Boat", "Gulls"),
    ),
    _Series(
        "Captain Meridian", "Northlight", 2018, ("#3a0ca3", "#4361ee", "#f9c74f"),
        ("Zero Degrees", "The Other Equator", "Noon Everywhere"),
    ),
    _Series(
        "Moss & Marrow", "Small Hours", 2020, ("#606c38", "#283618", "#dda15e"),
        ("Underwood", "Roots", "A Polite Bear"),
    ),
    _Series(
        "Saltwind: Year One", "Northlight", 2016, ("#bde0fe", "#3d5a80", "#ee6c4d"),
        ("First Watch", "The Keeper", "Storm Glass"),
    ),
    _Series(
        "The Quiet Orchard", "Small Hours", 2009, ("#ffcad4", "#52796f", "#f25c54"),
        ("Windfall", "Seven Ladders", "Frost"),
    ),
)  # fmt: skip


def make_samples(directory: Path, *, count: int = 40, seed: int = 7) -> list[Path]:
    """Write `count` files below an empty or new folder and return their paths.

    Raises:
        SamplesError: the folder holds files already.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise SamplesError(f"The folder {directory} is not empty; name a new or empty one.")
    broken = _broken_files() if count >= _BROKEN_FROM else {}
    samples = list(_samples(count - len(broken), random.Random(seed)))  # nosec B311
    written = [_write(directory / sample.path, _comic(sample)) for sample in samples]
    return written + [_write(directory / path, data) for path, data in broken.items()]


def _write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def _samples(count: int, chance: random.Random) -> Iterator[_Sample]:
    """Issue after issue of one series after the other, every way to be wrong among them."""
    for index in range(count):
        series = _SERIES[index % len(_SERIES)]
        number = index // len(_SERIES) + 1
        kind = _KINDS[(index + number) % len(_KINDS)] if index >= 2 else _clashing
        yield kind(_SERIES[0] if index < 2 else series, number, index, chance)


def _tags(series: _Series, issue: str, title: str = "") -> dict[str, str]:
    tags = {
        "Series": series.name,
        "Number": issue,
        "Year": str(series.year),
        "Publisher": series.publisher,
    }
    return tags | ({"Title": title} if title else {})


def _clean(series: _Series, number: int, _: int, chance: random.Random) -> _Sample:
    tags = _tags(series, str(number), chance.choice(series.titles))
    name = render(DEFAULT_TEMPLATE, tags, ".cbz")
    return _Sample(f"{series.folder}/{name}", series, str(number), tags)


def _untagged(series: _Series, number: int, _: int, __: random.Random) -> _Sample:
    name = f"{series.folder} {number:03} ({series.year}).cbz"
    return _Sample(f"{series.folder}/{name}", series, str(number), None)


def _titled_name(series: _Series, number: int, _: int, chance: random.Random) -> _Sample:
    name = f"{series.folder} #{number} - {chance.choice(series.titles)}.cbz"
    return _Sample(f"{series.folder}/{name}", series, str(number), None)


def _scanned(series: _Series, number: int, _: int, chance: random.Random) -> _Sample:
    tags = _tags(series, str(number), chance.choice(series.titles))
    name = f"{series.name.lower().replace(' ', '_').replace(':', '')}_{number:02}_(scan).cbz"
    return _Sample(f"{series.folder}/{name}", series, str(number), tags)


def _untitled(series: _Series, number: int, _: int, __: random.Random) -> _Sample:
    tags = _tags(series, str(number))
    name = render(DEFAULT_TEMPLATE, tags, ".cbz")
    return _Sample(f"{series.folder}/{name}", series, str(number), tags)


def _decimal(series: _Series, number: int, _: int, __: random.Random) -> _Sample:
    name = f"{series.folder} - Chapter {number}.5.cbz"
    return _Sample(f"{series.folder}/{name}", series, f"{number}.5", None)


def _annual(series: _Series, number: int, _: int, __: random.Random) -> _Sample:
    name = f"{series.folder} Annual {number:02} ({series.year + number}).cbz"
    return _Sample(f"{series.folder}/{name}", series, str(number), None)


def _second_volume(series: _Series, number: int, _: int, __: random.Random) -> _Sample:
    name = f"{series.folder} v2 {number:03}.cbz"
    return _Sample(f"{series.folder}/{name}", series, str(number), None)


def _bare_number(series: _Series, number: int, _: int, __: random.Random) -> _Sample:
    return _Sample(f"{series.folder}/{number:03}.cbz", series, str(number), None)


def _clashing(series: _Series, _: int, index: int, __: random.Random) -> _Sample:
    """Two scans of one issue that want one name."""
    name = f"{series.folder} 099 ({('first', 'second')[index]} scan).cbz"
    return _Sample(f"{series.folder}/{name}", series, "99", None)


_KINDS = (
    _clean, _untagged, _titled_name, _scanned, _clean, _untitled, _decimal, _annual, _untagged,
    _second_volume, _bare_number,
)  # fmt: skip


def _comic(sample: _Sample) -> bytes:
    cover = _cover(sample.series, sample.issue)
    pages = {"001.jpg": cover, "002.jpg": _inner_page(sample.series, sample.issue, 1)}
    if len(sample.issue) % 2:
        pages["003.jpg"] = _inner_page(sample.series, sample.issue, 2)
    if sample.tags is not None:
        pages["ComicInfo.xml"] = patch(None, sample.tags)
    return _zip(pages)


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return buffer.getvalue()


def _broken_files() -> dict[str, bytes]:
    series = _SERIES[1]
    whole = _zip({"001.jpg": _cover(series, "13"), "002.jpg": _inner_page(series, "13", 1)})
    return {
        f"{series.folder}/{series.name} 013 (cut off).cbz": whole[: len(whole) * 2 // 3],
        f"{series.folder}/{series.name} 014.cbz": b"",
        f"{series.folder}/Reading order.cbz": _zip({"order.txt": b"Start with Low Tide.\n"}),
    }


def _cover(series: _Series, issue: str) -> bytes:
    image = _backdrop(series).copy()
    draw = ImageDraw.Draw(image)
    width, height = image.size
    size = 250 if len(issue) < 3 else 150
    draw.text((width / 2, height * 0.6), issue, _PAPER, _font(size), anchor="mm",
              stroke_width=6, stroke_fill=_INK)  # fmt: skip
    return _jpeg(image)


@cache
def _backdrop(series: _Series) -> Image.Image:
    sky, ground, sun = series.colours
    width, height = _COVER_SIZE
    chance = random.Random(series.name)  # nosec B311
    image = Image.new("RGB", _COVER_SIZE, sky)
    draw = ImageDraw.Draw(image)
    draw.circle((width * chance.uniform(0.3, 0.7), height * 0.42), 130, sun)
    for level in (0.62, 0.76, 0.9):
        points = [(x, height * level + chance.uniform(-45, 45)) for x in range(0, width + 80, 80)]
        shade = Image.blend(
            Image.new("RGB", (1, 1), ground), Image.new("RGB", (1, 1), _INK), (level - 0.5)
        ).getpixel((0, 0))
        draw.polygon([(0, height), *points, (width, height)], shade)
    draw.rectangle((0, 0, width, 118), _PAPER)
    draw.rectangle((0, 118, width, 124), _INK)
    lines = series.name.replace(": ", ":\n").upper()
    size = min(44, 590 // max(len(line) for line in lines.splitlines()))
    draw.multiline_text((width / 2, 60), lines, _INK, _font(size), anchor="mm", align="center")
    draw.text((20, height - 20), series.publisher.upper(), _PAPER, _font(16), anchor="ls")
    draw.text((width - 20, height - 20), str(series.year), _PAPER, _font(16), anchor="rs")
    draw.rectangle((0, 0, width - 1, height - 1), outline=_INK, width=5)
    return image


@cache
def _inner_page(series: _Series, issue: str, number: int) -> bytes:
    """Panels in the series' colours, others in each issue."""
    width, height = _COVER_SIZE
    chance = random.Random(f"{series.name} {issue} {number}")  # nosec B311
    image = Image.new("RGB", _COVER_SIZE, _PAPER)
    draw = ImageDraw.Draw(image)
    for top in (20, 210, 400):
        split = chance.randint(130, 270)
        for left, right in ((20, split - 6), (split + 6, width - 20)):
            box = (left, top, right, top + 180)
            draw.rectangle(box, chance.choice(series.colours), outline=_INK, width=4)
            draw.circle((chance.randint(left + 30, right - 30), top + 130), 24, _PAPER, _INK, 4)
    draw.text((width / 2, height - 9), str(number + 1), _INK, _font(14), anchor="mm")
    return _jpeg(image)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=70)
    return buffer.getvalue()
