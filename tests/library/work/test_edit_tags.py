import pickle
from pathlib import Path
from typing import Any

import pytest

from library.archives.opening import inspect
from library.exceptions import ComicError
from library.metadata.comicinfo import read
from library.work.edit_tags import examine
from library.work.grouping import build_all
from library.work.process import Plan
from tests.library.archives.making import FIXTURES, PAGE, make_comic, pages_of, zip_bytes
from tests.library.settling import settle

TAGS = {"Title": "T", "Series": "Moss", "Number": "3", "Genre": "Horror"}
METRON = b"<MetronInfo><Series><Name>Moss</Name></Series><Number>3</Number></MetronInfo>"


def edit(path: Path, data: dict[str, Any] | None = None, **options: Any) -> Plan:
    """What a job does with one comic; its plan travels between processes."""
    examined = examine({"path": str(path), **(data or {})}, options)
    plan: Plan = pickle.loads(pickle.dumps(examined))
    if plan.outcome == "changed" and plan.identity:
        [built] = build_all("library.work.edit_tags", [plan])
        assert built and not isinstance(built, ComicError)
        settle(path, plan.identity, built=built, new_name=None)
    return plan


def tags_of(path: Path) -> dict[str, str]:
    return read(inspect(path).comicinfo or b"")


def test_several_fields_are_written_at_once_and_the_pages_stay(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz", TAGS)
    pages = pages_of(path)
    tags = {"Number": "4", "Title": None, "Summary": "Two\nlines & <more>", "Genre": "Horror"}
    plan = edit(path, tags=tags)
    assert plan.changes == (
        {"field": "Title", "before": "T", "after": ""},
        {"field": "Number", "before": "3", "after": "4"},
        {"field": "Summary", "before": "", "after": "Two\nlines & <more>"},
    )
    wanted = {"Series": "Moss", "Number": "4", "Summary": "Two\nlines & <more>", "Genre": "Horror"}
    assert tags_of(path) == plan.after == wanted
    assert plan.before == TAGS
    assert pages_of(path) == pages


def test_what_is_so_already_is_not_touched(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz", TAGS)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    assert edit(path, tags={"Series": " Moss ", "Writer": ""}).outcome == "unchanged"
    assert edit(path, action="append", field="Genre", value="horror").outcome == "unchanged"
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_comic_gets_the_number_of_its_place(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz", TAGS)
    edit(path, {"number": 12}, action="number", field="Number")
    assert tags_of(path)["Number"] == "12"


def test_a_comic_without_tags_gets_them(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "a.cbz")
    plan = edit(path, action="set", field="Series", value="Fern")
    assert (tags_of(path), plan.after) == ({"Series": "Fern"}, {"Series": "Fern"})
    assert plan.row == {"state": "needs_work", "state_reason": "Issue number missing"}


def test_tags_of_other_formats_are_seen_and_never_written(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    path.write_bytes(zip_bytes({"1.jpg": PAGE, "MetronInfo.xml": METRON}))
    plan = edit(path, action="replace", field="Series", find="ss", value="rr")
    assert plan.changes == ({"field": "Series", "before": "Moss", "after": "Morr"},)
    assert plan.after == {"Series": "Morr", "Number": "3"}
    assert tags_of(path) == {"Series": "Morr"}
    cleared = edit(path, action="clear", field="Number")
    assert cleared.outcome == "skipped"
    assert "another of the comic's tag files has it" in cleared.message


NEEDS_NAME = {"state": "needs_work", "state_reason": "Name does not follow the template"}


@pytest.mark.parametrize(("tags", "row"), [({"Genre": "Crime"}, {}), ({"Number": "4"}, NEEDS_NAME)])
def test_a_duplicate_stays_one_unless_its_name_would_be_another(
    tmp_path: Path, tags: dict[str, str], row: dict[str, str]
) -> None:
    path = make_comic(tmp_path / "a.cbz", TAGS)
    assert examine({"path": str(path), "state": "duplicate"}, {"tags": tags}).row == row


def test_what_takes_no_tags_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.cb7"
    path.write_bytes((FIXTURES / "made/lzma2.cb7").read_bytes())
    plan = edit(path, tags={"Writer": "Ash"})
    assert (plan.outcome, "Convert it to CBZ first." in plan.message) == ("skipped", True)
    path.write_bytes(b"text")
    assert edit(path, tags={"Series": "Ash"}).outcome == "failed"


def test_a_field_that_holds_more_than_text_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.cbz"
    xml = b"<ComicInfo><Title><b>T</b></Title></ComicInfo>"
    path.write_bytes(zip_bytes({"1.jpg": PAGE, "ComicInfo.xml": xml}))
    plan = edit(path, tags={"Title": "New"})
    assert (plan.outcome, plan.message) == (
        "failed", "Title holds more than text and cannot be set.",
    )  # fmt: skip
