import hashlib
import pickle
import zipfile
from pathlib import Path

import pytest

from library.archives.opening import inspect, pages
from library.exceptions import ComicError, NameTaken
from library.metadata.comicinfo import read
from library.samples import make_samples
from library.template import TemplateError
from library.work.grouping import build_all
from library.work.process import Plan, examine
from tests.library.archives.making import (
    FIXTURES,
    PAGE,
    comic_bytes,
    leftovers,
    make_comic,
    pages_of,
    zip_bytes,
)
from tests.library.archives.rar_making import rar5_bytes
from tests.library.archives.test_cbt import tar_bytes
from tests.library.settling import settle


def process(path: Path, **options: object) -> tuple[Plan, Path]:
    """What a job does with one comic; its plan travels between processes."""
    plan: Plan = pickle.loads(pickle.dumps(examine({"path": str(path)}, options)))
    if plan.outcome == "changed" and plan.identity:
        [built] = build_all("library.work.process", [plan])
        assert not isinstance(built, ComicError)
        settle(path, plan.identity, built=built, new_name=plan.new_name)
    return plan, path.with_name(plan.new_name or path.name)


def snapshot(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_untagged_comic_gets_tags_and_name_and_keeps_its_pages(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "Moss" / "003.cbz")
    pages = pages_of(path)
    plan, new = process(path)
    assert (plan.outcome, plan.before) == ("changed", None)
    assert new.name == "Moss - Chapter 0003.cbz"
    assert read(inspect(new).comicinfo or b"") == plan.after
    assert plan.after == {"Title": "Chapter 3", "Series": "Moss", "Number": "3"}
    assert pages_of(new) == pages
    assert [child.name for child in path.parent.iterdir()] == [new.name]


def test_a_comic_that_only_needs_a_name_keeps_its_bytes(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "x.cbz", {"Series": "Moss", "Number": "3", "Title": "Mine"})
    before, mtime_ns = path.read_bytes(), path.stat().st_mtime_ns
    plan, new = process(path)
    assert [change["field"] for change in plan.changes] == ["name"]
    assert (new.read_bytes(), new.stat().st_mtime_ns) == (before, mtime_ns)


def test_processing_a_whole_library_again_changes_not_a_byte(tmp_path: Path) -> None:
    paths = make_samples(tmp_path, count=40)
    outcomes = []
    for path in paths:
        try:
            outcomes.append(process(path)[0].outcome)
        except NameTaken:
            outcomes.append("conflict")
    assert outcomes.count("conflict") == 1
    assert outcomes.count("failed") == 3
    after = snapshot(tmp_path)
    assert len(after) == 40
    again = [examine({"path": str(path)}, {}) for path in sorted(tmp_path.rglob("*.cbz"))]
    assert sum(plan.outcome == "unchanged" for plan in again) == 36
    assert [plan.new_name for plan in again if plan.outcome == "changed"] == [
        "Ash and Ember - Chapter 0099.cbz"
    ]
    assert snapshot(tmp_path) == after
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    ("data", "outcome", "message"),
    [
        (b"", "failed", "The file is empty."),
        (b"text", "failed", "The file is not a comic archive."),
        (comic_bytes()[:-30], "failed", "cut off or is no ZIP file"),
        (zip_bytes({"a.txt": b""}), "failed", "The archive holds no page images."),
        (b"Rar!\x1a\x07\x00", "failed", "The archive ends too early."),
        (comic_bytes(), "skipped", "No issue number found in ComicInfo.xml or in the file name."),
        (
            zip_bytes({"1.jpg": b"x", "ComicInfo.xml": b"<broken"}),
            "failed",
            "ComicInfo.xml cannot be read",
        ),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_touched(
    tmp_path: Path, data: bytes, outcome: str, message: str
) -> None:
    path = tmp_path / "x.cbz"
    path.write_bytes(data)
    before = snapshot(tmp_path)
    plan, _ = process(path)
    assert plan.outcome == outcome
    assert message in plan.message
    assert snapshot(tmp_path) == before


def test_a_folder_a_missing_file_and_an_unreadable_name_are_said(tmp_path: Path) -> None:
    (tmp_path / "folder.cbz").mkdir()
    assert process(tmp_path / "folder.cbz")[0].message == "It is a folder, not a file."
    assert process(tmp_path / "gone.cbz")[0].outcome == "failed"
    odd = make_comic(tmp_path / "caf\udce9 3.cbz")
    plan, _ = process(odd)
    assert (plan.outcome, odd.exists()) == ("skipped", True)
    assert "not valid UTF-8" in plan.message


def test_a_template_without_a_number_needs_none(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "Moss v2.cbz")
    _, new = process(path, template="{series} v{volume:2}")
    assert new.name == "Moss v02.cbz"


def test_a_wrong_template_stops_the_job_and_not_one_item(tmp_path: Path) -> None:
    with pytest.raises(TemplateError):
        process(make_comic(tmp_path / "x 1.cbz"), template="{nmber}")


METRON = b"""<MetronInfo><Series><Name>Moss</Name></Series><Number>3</Number>
<Publisher><Name>Lantern Press</Name></Publisher></MetronInfo>"""


def test_tags_in_other_formats_are_taken_over_into_comicinfo(tmp_path: Path) -> None:
    path = tmp_path / "Elsewhere" / "x 9.cbz"
    path.parent.mkdir()
    path.write_bytes(zip_bytes({"1.jpg": b"x", "MetronInfo.xml": METRON}))
    plan, new = process(path)
    assert (plan.before, new.name) == (None, "Moss - Chapter 0003.cbz")
    assert read(inspect(new).comicinfo or b"") == {
        "Title": "Chapter 3", "Series": "Moss", "Number": "3", "Publisher": "Lantern Press",
    }  # fmt: skip
    assert pages_of(new)["1.jpg"] == b"x"
    with zipfile.ZipFile(new) as archive:
        assert archive.read("MetronInfo.xml") == METRON
    assert process(new)[0].outcome == "unchanged"


@pytest.mark.parametrize("name", ["lzma.cb7", "xz.cbt"])
def test_what_takes_no_tags_is_skipped_with_a_way_out(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes((FIXTURES / "made" / name).read_bytes())
    before = snapshot(tmp_path)
    plan, _ = process(path)
    assert (plan.outcome, "Convert it to CBZ first" in plan.message) == ("skipped", True)
    assert snapshot(tmp_path) == before


def test_what_takes_no_tags_can_still_get_a_name(tmp_path: Path) -> None:
    path = tmp_path / "x.cbr"
    xml = b"<ComicInfo><Title>T</Title><Series>Moss</Series><Number>3</Number></ComicInfo>"
    path.write_bytes(rar5_bytes({"1.jpg": b"x", "ComicInfo.xml": xml}))
    plan, new = process(path)
    assert (plan.outcome, new.name) == ("changed", "Moss - Chapter 0003.cbr")
    assert new.exists()


def test_a_plain_cbt_gets_its_tags_in_its_own_container(tmp_path: Path) -> None:
    path = tmp_path / "Moss" / "003.cbt"
    path.parent.mkdir()
    path.write_bytes(tar_bytes({"1.jpg": PAGE, "2.jpg": PAGE * 9}))
    plan, new = process(path)
    assert (plan.outcome, new.name) == ("changed", "Moss - Chapter 0003.cbt")
    found = inspect(new)
    assert (found.verdict, read(found.comicinfo or b"")) == ("ok", plan.after)
    assert [page.data for page in pages(new)] == [PAGE, PAGE * 9]
    assert process(new)[0].outcome == "unchanged"
