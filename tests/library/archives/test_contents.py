from pathlib import Path

import pytest

from library.archives.opening import inspect
from tests.library.archives.making import PAGE, zip_bytes


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("metroninfo.XML", b"<MetronInfo/>", "metroninfo"),
        ("Vol 1/MetronInfo.xml", b"<MetronInfo/>", "metroninfo"),
        ("COMET.xml", b"<comet/>", "comet"),
        ("whatever.xml", b'<?xml version="1.0"?><comet/>', "comet"),
    ],
)
def test_tags_are_found_wherever_they_are(
    tmp_path: Path, name: str, data: bytes, kind: str
) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(zip_bytes({"1.jpg": PAGE, name: data}))
    found = inspect(path)
    assert [(d.kind, d.data) for d in found.other_tags] == [(kind, data)]
    assert (found.verdict, found.comicinfo) == ("ok", None)


def test_a_comment_may_hold_tags(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(zip_bytes({"1.jpg": PAGE}, comment=b'{"ComicBookInfo/1.0": {}}'))
    assert [document.kind for document in inspect(path).other_tags] == ["comicbookinfo"]


def test_what_is_not_for_us_is_not_taken_for_tags(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    names = ["notes.xml", "__MACOSX/MetronInfo.xml", "._ComicInfo.xml", "a/MetronInfo.xml",
             "b/MetronInfo.xml"]  # fmt: skip
    path.write_bytes(zip_bytes({"1.jpg": PAGE, **dict.fromkeys(names, b"<x/>")}))
    found = inspect(path)
    assert (found.other_tags, found.comicinfo) == ((), None)


def test_other_tags_too_large_to_read_are_a_remark(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(zip_bytes({"1.jpg": PAGE, "MetronInfo.xml": b" " * (2**21 + 1)}))
    assert inspect(path).reason == "It holds tags of more than 2 MiB, which were not read."
