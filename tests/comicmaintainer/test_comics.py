from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from jobs.worker import Worker
from library import journal, tag_editing
from library.archives.opening import inspect
from library.journal import Intent
from library.metadata.comicinfo import read
from library.models import Comic
from tests.library.archives.making import FIXTURES
from tests.library.shelving import Shelf, identity


@pytest.fixture
def comic(transactional_db: None, tmp_path: Path) -> Comic:
    return Shelf(tmp_path).comic()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has much else to do takes longer, which is no matter of these tests."""
    monkeypatch.setattr(tag_editing, "WAIT_SECONDS", 60)


@pytest.fixture
def api(comic: Comic, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin", password="correct horse battery"))
    return client


def patch(api: Client, comic: Comic, body: Any) -> Any:
    return api.patch(f"/api/comics/{comic.pk}/", body, content_type="application/json")


def test_tags_are_written_and_the_comic_answers(api: Client, worker: Worker, comic: Comic) -> None:
    tags = {"Series": None, "Summary": " Two\nlines ", "Writer": "Ash"}
    answer = patch(api, comic, {"tags": tags})
    wanted = {"Summary": "Two\nlines", "Writer": "Ash"}
    assert (answer.status_code, answer.json()["tags"]) == (200, wanted)
    assert answer.json() == api.get(f"/api/comics/{comic.pk}/").json()
    assert read(inspect(comic.file).comicinfo or b"") == wanted
    job = Job.objects.get()
    assert (job.operation, job.total) == ("edit_tags", 1)
    assert job.created_by and job.created_by.username == "admin"
    assert patch(api, comic, {"tags": tags}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "tags", "Give an object"),
        ([], "tags", "Give an object"),
        ({"tags": {}}, "tags", "Give an object"),
        ({"tags": ["Series"]}, "tags", "Give an object"),
        ({"tags": {"Odd": "x"}}, "tags", "Odd: There is no such field."),
        ({"tags": {"Pages": "x"}}, "tags", "Pages: There is no such field."),
        ({"tags": {"Number": 5}}, "tags", "Number: Give a text, or null to clear it."),
        ({"tags": {"Number": ["5"]}}, "tags", "Number: Give a text"),
        ({"tags": {"Title": "\u0001"}}, "tags", "Title: It holds a character"),
        ({"tags": {"Title": "x" * 10_001}}, "tags", "Title: At most"),
        ({"tags": {"Title": "x"}, "state": "clean"}, "state", "This cannot be set."),
    ],
)
def test_bad_tags_are_refused_with_the_field_at_fault(
    api: Client, comic: Comic, body: Any, field: str, message: str
) -> None:
    answer = patch(api, comic, body)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert answer.json()[field][0].startswith(message)
    assert not Job.objects.exists()


def test_without_a_worker_the_job_answers_after_a_while(
    api: Client, comic: Comic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tag_editing, "WAIT_SECONDS", 0.1)
    answer = patch(api, comic, {"tags": {"Series": "Fern"}})
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert answer.json()["job_id"] == str(Job.objects.get().pk)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"text", "The file is not a comic archive."),
        ((FIXTURES / "made/lzma2.cb7").read_bytes(), "Convert it to CBZ first."),
    ],
)
def test_what_could_not_be_written_is_said(
    api: Client, worker: Worker, comic: Comic, data: bytes, message: str
) -> None:
    comic.file.write_bytes(data)
    answer = patch(api, comic, {"tags": {"Series": "Fern"}})
    assert (answer.status_code, list(answer.json())) == (409, ["detail"])
    assert message in answer.json()["detail"]
    assert comic.file.read_bytes() == data


def test_a_comic_that_another_change_has_just_now_is_a_conflict(
    api: Client, worker: Worker, comic: Comic
) -> None:
    journal.reserve([Intent(comic, "test", identity(comic.file))])
    answer = patch(api, comic, {"tags": {"Series": "Fern"}})
    assert answer.status_code == 409
    assert answer.json() == {"detail": "Another change of this comic is under way."}


def test_a_missing_comic_takes_no_tags(api: Client, comic: Comic) -> None:
    Comic.objects.update(present=False)
    answer = patch(api, comic, {"tags": {"Series": "Fern"}})
    assert (answer.status_code, answer.json()) == (409, {"detail": "The comic's file is missing."})
    url = f"/api/comics/{comic.pk + 1}/"
    assert api.patch(url, {"tags": {}}, content_type="application/json").status_code == 404
