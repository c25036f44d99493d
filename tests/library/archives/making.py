"""Real tiny archives, sound ones and such that need an odd hand."""

import io
import zipfile
from collections.abc import Mapping
from ctypes.util import find_library
from pathlib import Path

import pytest

from library.metadata.comicinfo import patch

needs_libarchive = pytest.mark.skipif(not find_library("archive"), reason="no libarchive")
FIXTURES = Path(__file__).parents[2] / "fixtures"
PAGE = b"\xff\xd8\xff\xe0 not a picture, but nobody looks \xff\xd9"


def zip_bytes(
    members: Mapping[str, bytes] | list[tuple[str, bytes]],
    *,
    compression: int = zipfile.ZIP_STORED,
    comment: bytes = b"",
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members.items() if isinstance(members, Mapping) else members:
            archive.writestr(name, data)
        archive.comment = comment
    return buffer.getvalue()


def comic_bytes(tags: Mapping[str, str] | None = None, *, pages: int = 2) -> bytes:
    members = {f"{number:03}.jpg": PAGE + bytes([number]) for number in range(1, pages + 1)}
    if tags is not None:
        members["ComicInfo.xml"] = patch(None, tags)
    return zip_bytes(members)


def make_comic(path: Path, tags: Mapping[str, str] | None = None, *, pages: int = 2) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(comic_bytes(tags, pages=pages))
    return path


def pages_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {n: archive.read(n) for n in archive.namelist() if not n.endswith(".xml")}


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".cm-")]
