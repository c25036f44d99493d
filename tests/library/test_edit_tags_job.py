from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from jobs import lifecycle, operations, option_schema, sequels
from jobs.models import Job
from jobs.worker import Worker
from library.archives.opening import inspect
from library.metadata.comicinfo import read
from library.models import Change, Comic, Library
from library.operations.edit_tags import MAX_TEXT
from library.registering import register_and_scan
from library.undoing import undo_job
from tests.library.archives.making import make_comic
from tests.library.test_process_job import snapshot
from tests.waiting import finished

NAMES = ["Moss 1.cbz", "Moss 2.cbz", "Moss 10.cbz"]


def shelf(folder: Path, names: list[str] = NAMES, **tags: str) -> Library:
    for name in names:
        make_comic(folder / name, {"Series": "Moss", **tags})
    library, scan = register_and_scan(str(folder))
    assert finished(scan).status == Job.Status.COMPLETED
    return library


def edit(*, dry_run: bool = False, **options: Any) -> Job:
    submitted = lifecycle.submit("edit_tags", {"all": True}, options=options, dry_run=dry_run)
    return finished(submitted)


def written(folder: Path, element: str) -> dict[str, str]:
    return {
        path.name: read(inspect(path).comicinfo or b"").get(element, "")
        for path in sorted(folder.rglob("*.cbz"))
    }


def test_a_field_is_set_in_every_comic_and_in_its_row(worker: Worker, tmp_path: Path) -> None:
    shelf(tmp_path)
    job = edit(field="Publisher", value="Lantern & Sons")
    assert (job.status, job.changed) == (Job.Status.COMPLETED, 3)
    assert set(written(tmp_path, "Publisher").values()) == {"Lantern & Sons"}
    assert {c.tags["Publisher"] for c in Comic.objects.all()} == {"Lantern & Sons"}
    item = job.items.all()[0]
    assert item.changes == [{"field": "Publisher", "before": "", "after": "Lantern & Sons"}]
    assert item.message == "Tags changed: Publisher."
    assert edit(field="Publisher", value="Lantern & Sons").unchanged == 3


@pytest.mark.parametrize(
    ("element", "text", "said"),
    [
        ("Year", "soon", "Give a whole number from 0 to 9999; −1 stands for unknown."),
        ("PageCount", "-1", "Give a whole number from 0 to 100000."),
        ("Manga", "maybe", "Give one of these: Unknown, No, Yes, YesAndRightToLeft."),
        ("CommunityRating", "6", "Give a number from 0 to 5, such as 4.5."),
    ],
)
def test_what_comicinfo_cannot_say_is_refused_with_what_it_can(
    worker: Worker, tmp_path: Path, element: str, text: str, said: str
) -> None:
    shelf(tmp_path, **{element: ""})
    for options in ({"field": element, "value": text}, {"tags": {element: text}}):
        with pytest.raises(ValidationError) as refused:
            edit(**options)
        assert refused.value.messages[0].endswith(said)
    # What a rule makes of a text is known comic by comic.
    assert edit(field="Title", value=text).changed == 3
    copied = edit(action="copy", field="Title", to_field=element)
    assert copied.skipped == 3
    assert copied.items.all()[0].message == f"{element} would be “{text}”. {said}"
    assert set(written(tmp_path, element).values()) == {""}


def test_comics_are_numbered_in_the_order_that_people_see(worker: Worker, tmp_path: Path) -> None:
    shelf(tmp_path)
    job = edit(action="number", field="Number", start=5)
    assert written(tmp_path, "Number") == dict(zip(NAMES, "567", strict=True))
    assert list(job.items.values_list("path", flat=True)) == NAMES
    assert set(Comic.objects.values_list("issue", flat=True)) == set("567")


def test_who_is_tried_once_more_gets_the_number_of_its_place(
    worker: Worker, tmp_path: Path
) -> None:
    shelf(tmp_path)
    whole = (tmp_path / NAMES[1]).read_bytes()
    (tmp_path / NAMES[1]).write_bytes(b"")
    job = edit(action="number", field="Number", start=5)
    assert (job.changed, job.failed) == (2, 1)
    (tmp_path / NAMES[1]).write_bytes(whole)
    again = finished(sequels.retry(job))
    assert (again.changed, again.total) == (1, 1)
    assert written(tmp_path, "Number") == dict(zip(NAMES, "567", strict=True))


def test_a_preview_without_some_items_numbers_as_it_showed(worker: Worker, tmp_path: Path) -> None:
    shelf(tmp_path)
    dry = edit(dry_run=True, action="number", field="Number")
    finished(sequels.apply(dry, without=[1]))
    assert written(tmp_path, "Number") == dict(zip(NAMES, ["", "2", "3"], strict=True))


def test_a_dry_run_shows_each_field_and_writes_none(worker: Worker, tmp_path: Path) -> None:
    shelf(tmp_path)
    before = snapshot(tmp_path)
    tags = {"Series": "Fern", "Genre": "Horror"}
    dry = edit(dry_run=True, tags=tags)
    assert (dry.changed, snapshot(tmp_path)) == (3, before)
    assert not Change.objects.exists()
    assert dry.items.all()[0].changes == [
        {"field": "Series", "before": "Moss", "after": "Fern"},
        {"field": "Genre", "before": "", "after": "Horror"},
    ]
    wet = edit(tags=tags)
    assert wet.items.all()[0].changes == dry.items.all()[0].changes


def test_undo_gives_every_byte_back(worker: Worker, tmp_path: Path) -> None:
    shelf(tmp_path, Title="A", Number="1")
    before = snapshot(tmp_path)
    rows = list(Comic.objects.order_by("pk").values_list("tags", "series", "issue"))
    job = edit(tags={"Title": None, "Number": "9", "Series": "Fern"})
    assert [each.problem for each in undo_job(job.pk)] == [None] * 3
    after = snapshot(tmp_path)
    assert {n: digest for n, (digest, _mtime) in after.items()} == {
        n: digest for n, (digest, _mtime) in before.items()
    }
    assert list(Comic.objects.order_by("pk").values_list("tags", "series", "issue")) == rows


def clean(options: dict[str, Any]) -> dict[str, Any]:
    return lifecycle.clean_options(operations.get("edit_tags"), options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "field: Choose a field."),
        ({"field": "Pages", "value": "x"}, "field: Select a valid choice."),
        ({"field": "Genre"}, "value: Give a text, or choose to clear the field."),
        ({"field": "Genre", "value": "  "}, "value: Give a text"),
        ({"field": "Genre", "value": "a\x01"}, "character that ComicInfo.xml cannot store"),
        ({"field": "Genre", "value": "a\ufffe"}, "character that ComicInfo.xml cannot store"),
        ({"field": "Genre", "value": "x" * (MAX_TEXT + 1)}, "value: Ensure this value has at most"),
        ({"action": "append", "field": "Title", "value": "x"}, "field: This is no list."),
        ({"action": "append", "field": "Genre", "value": ", "}, "value: Give what is"),
        ({"action": "replace", "field": "Title", "value": "x"}, "find: Give the text"),
        ({"action": "number", "field": "Title"}, "field: Only these can be numbered: Number"),
        ({"action": "number", "field": "Number", "start": -1}, "start: "),
        ({"action": "copy", "field": "Title"}, "to_field: Choose another field"),
        ({"action": "copy", "field": "Title", "to_field": "Title"}, "to_field: Choose another"),
        ({"action": "delete", "field": "Title"}, "action: Select a valid choice."),
        ({"tags": {"Odd": "x"}}, "tags: Odd: There is no such field. There are: Title, Series"),
        ({"tags": {"Pages": "x"}}, "tags: Pages: There is no such field."),
        ({"tags": {"Title": 5}}, "tags: Title: Give a text, or null to clear it."),
        ({"tags": {"Title": "\x0b"}}, "tags: Title: It holds a character"),
        ({"tags": {"Title": "x" * (MAX_TEXT + 1)}}, "tags: Title: At most 10000"),
        ({"tags": ["Title"]}, "tags: Give an object of fields"),
        ({"tags": "{"}, "tags: This is no JSON."),
        ({"tags": "[" * 100_000}, "tags: This is no JSON."),
        ({"tags": {"Title": "x"}, "field": "Title"}, "tags: Give either"),
    ],
)
def test_bad_options_are_refused_with_what_is_allowed(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        clean(options)
    assert message in " ".join(caught.value.messages)


def test_a_space_is_a_text_to_replace_by() -> None:
    options = {"action": "replace", "field": "Title", "find": "_", "value": " "}
    assert clean(options)["value"] == " "


def test_the_command_may_give_tags_as_json() -> None:
    assert clean({"tags": '{"Title": null}'})["tags"] == {"Title": None}


def test_the_schema_says_which_fields_there_are() -> None:
    form = operations.get("edit_tags").form()
    schema = option_schema.of_form(form)
    assert "Title" in schema["properties"]["field"]["enum"]
    assert "Pages" not in schema["properties"]["field"]["enum"]
    assert schema["required"] == []
    assert "Title" in schema["properties"]["tags"]["propertyNames"]["enum"]
    assert option_schema.wrong_types(form, {"tags": 5})
    assert option_schema.wrong_types(form, {"tags": {"Title": None}, "start": 3}) == []
