"""One comic's page: what it shows, what it saves, what it takes back."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from jobs.models import Job
from jobs.worker import Worker
from library import comic_page, tag_editing
from library.archives.opening import inspect
from library.metadata.comicinfo import read
from library.models import Change, Comic
from tests.library.archives.making import FIXTURES, zip_bytes
from tests.library.painting import picture
from tests.library.shelving import Shelf, sha256

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has much else to do takes longer, which is no matter of these tests."""
    monkeypatch.setattr(tag_editing, "WAIT_SECONDS", 60)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


@pytest.fixture
def comic(shelf: Shelf) -> Comic:
    comic = shelf.comic(pages=3)
    Comic.objects.update(page_count=3, verdict="ok", state="clean")
    comic.refresh_from_db()
    return comic


@pytest.fixture
def user(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin", password="correct horse battery"))
    return client


def page_of(user: Client, comic: Comic, query: str = "") -> str:
    answer = user.get(f"/comics/{comic.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def save(user: Client, comic: Comic, before: dict[str, str], **typed: str) -> Any:
    fields = before | typed
    initial = {f"initial-{name}": text for name, text in before.items()}
    return user.post(f"/comics/{comic.pk}/", fields | initial, follow=True)


def tags_in(comic: Comic) -> dict[str, str]:
    return read(inspect(comic.file).comicinfo or b"")


def test_it_shows_the_file_its_pages_and_its_state(user: Client, comic: Comic) -> None:
    Comic.objects.update(
        state="needs_work", state_reason="Title missing", fingerprint="f" * 64, tags={"Odd": "<b>"}
    )
    page = page_of(user, comic)
    for text in ("Ash/old.cbz", "Title missing", "Process puts that right", "f" * 12, "&lt;b&gt;"):
        assert text in page
    assert page.count('data-page="') == 4  # the cover and three pages
    assert f"/api/comics/{comic.pk}/pages/3?width=160&amp;v={comic.version}" in page
    assert "They are kept to the letter" in page


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"verdict": "damaged", "verdict_reason": "Cut off."}, "Bring it back from a copy"),
        ({"verdict": "encrypted", "verdict_reason": "Locked."}, "without a password"),
        ({"verdict": "refused", "verdict_reason": "A bomb."}, "left alone"),
        ({"state": "duplicate", "state_reason": "Twice."}, "Keep the better one"),
        ({"present": False}, "the next scan finds it there"),
    ],
)
def test_it_says_what_can_be_done(user: Client, comic: Comic, row: Any, text: str) -> None:
    Comic.objects.update(**row)
    page = page_of(user, comic)
    assert text in page
    assert all(str(value) in page for name, value in row.items() if "reason" in name)
    assert ('formaction="/preview/trash/"' in page) is (row.get("present") is not False)


def test_many_pages_are_shown_in_part_unless_all_are_asked_for(
    user: Client, comic: Comic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comic_page, "MOST_PAGES", 2)
    assert page_of(user, comic).count("width=160") == 2
    assert "Show all 3 pages" in page_of(user, comic)
    assert page_of(user, comic, "?pages=all").count("width=160") == 3


def test_it_leads_to_those_beside_it_and_back_to_the_same_list(
    user: Client, shelf: Shelf, comic: Comic
) -> None:
    later, other = shelf.comic("Ash/z.cbz"), shelf.comic("Fern/a.cbz")
    Comic.objects.filter(pk=other.pk).update(series="Fern")
    page = page_of(user, comic, "?series=Ash&ordering=-size&page=2")
    assert f'href="/comics/{later.pk}/?series=Ash&amp;ordering=-size&amp;page=2"' in page
    assert f"/comics/{other.pk}/" not in page
    assert 'href="/?series=Ash&amp;ordering=-size&amp;page=2"' in page
    listed = user.get("/?series=Ash&ordering=-size").content.decode()
    assert f'href="/comics/{comic.pk}/?series=Ash&amp;ordering=-size' in listed


def test_saving_writes_just_what_was_changed(user: Client, worker: Worker, comic: Comic) -> None:
    answer = save(user, comic, {"Series": "Ash"}, Series="Fern", Writer="A, B", Year="1999")
    assert answer.redirect_chain == [(f"/comics/{comic.pk}/", 302)]
    assert "Saved in the file: Series, Year, Writer." in answer.content.decode()
    assert tags_in(comic) == {"Series": "Fern", "Writer": "A, B", "Year": "1999"}
    job = Job.objects.get()
    assert (job.operation, job.options["tags"]) == (
        "edit_tags",
        {"Series": "Fern", "Year": "1999", "Writer": "A, B"},
    )
    assert job.created_by and job.created_by.username == "admin"


def test_saving_nothing_makes_no_job(user: Client, comic: Comic) -> None:
    answer = save(user, comic, {"Series": "Ash"})
    assert "the file was not touched" in answer.content.decode()
    assert not Job.objects.exists()


def test_what_is_wrong_is_said_at_its_field_and_kept(user: Client, comic: Comic) -> None:
    answer = save(user, comic, {"Series": "Ash"}, Year="soon", Title="Kept")
    assert answer.status_code == 400
    page = answer.content.decode()
    assert 'id="tag-Year_error"' in page and 'value="soon"' in page and 'value="Kept"' in page
    assert not Job.objects.exists()


def test_why_nothing_could_be_written_is_said(user: Client, worker: Worker, comic: Comic) -> None:
    comic.file.write_bytes((FIXTURES / "made/lzma2.cb7").read_bytes())
    answer = save(user, comic, {"Series": "Ash"}, Series="Fern")
    assert answer.status_code == 409
    assert "Convert it to CBZ first." in answer.content.decode()
    assert 'value="Fern"' in answer.content.decode()


def test_a_missing_comic_cannot_be_saved(user: Client, comic: Comic) -> None:
    Comic.objects.update(present=False)
    answer = save(user, comic, {"Series": "Ash"}, Series="Fern")
    assert (answer.status_code, Job.objects.count()) == (409, 0)
    assert "file is missing" in answer.content.decode()


def test_without_a_worker_one_is_led_to_the_job(
    user: Client, comic: Comic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tag_editing, "WAIT_SECONDS", 0.1)
    answer = save(user, comic, {"Series": "Ash"}, Series="Fern")
    assert answer.redirect_chain == [(f"/jobs/{Job.objects.get().pk}/", 302)]


def test_a_change_is_shown_and_taken_back(user: Client, worker: Worker, comic: Comic) -> None:
    before = sha256(comic.file)
    save(user, comic, {"Series": "Ash"}, Series="Fern")
    page = page_of(user, comic)
    assert "<del>Ash</del>" in page and "<ins>Fern</ins>" in page
    change = Change.objects.get()
    url = f"/comics/{comic.pk}/changes/{change.pk}/undo/"
    assert f'action="{url}"' in page and f"/jobs/{change.job}/" in page
    preview = user.post(url, {"preview": "1"})
    assert Job.objects.get(pk=preview.url.split("/")[2]).dry_run
    answer = user.post(url, follow=True)
    assert "Undone. The file is as it was before." in answer.content.decode()
    assert sha256(comic.file) == before
    again = user.post(url, follow=True)
    assert "There is nothing to undo" in again.content.decode()


def test_the_change_of_another_comic_is_not_undone_here(
    user: Client, shelf: Shelf, comic: Comic
) -> None:
    change = shelf.change(shelf.comic("Fern/a.cbz"))
    assert user.post(f"/comics/{comic.pk}/changes/{change.pk}/undo/").status_code == 404


def test_each_source_says_what_it_says(user: Client, shelf: Shelf) -> None:
    members = {
        "ComicInfo.xml": b"<ComicInfo><Series>Ash</Series></ComicInfo>",
        "MetronInfo.xml": b"<MetronInfo><Series><Name>Ash!</Name></Series></MetronInfo>",
        "CoMet.xml": b"<comet><broken",
        "1.png": picture("PNG"),
    }
    comic = shelf.comic("Fern v2/Moss 007 (1999).cbz", data=zip_bytes(members))
    answer = user.get(f"/comics/{comic.pk}/sources/")
    text = answer.content.decode()
    for column in ("ComicInfo.xml", "MetronInfo.xml", "File name", "Folder"):
        assert f'<th scope="col">{column}' in text
    assert 'name="Series" value="Ash!"' in text
    assert 'name="Series" value="Moss"' in text
    assert 'name="Series" value="Fern"' in text
    assert 'name="Number" value="7"' in text and 'name="Year" value="1999"' in text
    part = user.get(f"/comics/{comic.pk}/sources/?part=sources").content.decode()
    assert "<html" not in part and 'id="sources"' in part


def test_names_are_read_also_where_the_file_cannot_be(user: Client, shelf: Shelf) -> None:
    comic = shelf.comic("Fern/Moss 007.cbz", data=b"text")
    text = user.get(f"/comics/{comic.pk}/sources/").content.decode()
    assert "not a comic archive" in text and 'value="Moss"' in text


def test_what_a_source_says_is_taken_over(user: Client, worker: Worker, comic: Comic) -> None:
    answer = user.post(f"/comics/{comic.pk}/use/", {"Series": "Moss", "Odd": "x"}, follow=True)
    assert "Saved in the file: Series." in answer.content.decode()
    assert tags_in(comic) == {"Series": "Moss"}
    for wrong in ({}, {"Pages": "x"}, {"Series": "\x01"}):
        answer = user.post(f"/comics/{comic.pk}/use/", wrong, follow=True)
        assert "cannot be written" in answer.content.decode()


def test_strangers_and_wrong_ids_get_nothing(client: Client, comic: Comic, user: Client) -> None:
    assert user.get(f"/comics/{comic.pk + 1}/").status_code == 404
    assert user.get("/comics/99999999999999999999/").status_code == 404
    for url in ("use/", "changes/1/undo/"):
        assert user.get(f"/comics/{comic.pk}/{url}").status_code == 405
    user.logout()
    for url in ("", "sources/"):
        answer = client.get(f"/comics/{comic.pk}/{url}")
        assert (answer.status_code, answer.url.split("?")[0]) == (302, "/login/")


def test_its_queries_do_not_grow_with_its_history(
    user: Client, shelf: Shelf, comic: Comic, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = f"/comics/{comic.pk}/"
    for series in (b"Moss", b"Fern", b"Ash"):
        shelf.change(comic, xml=b"<ComicInfo><Series>" + series + b"</Series></ComicInfo>")
        Change.objects.update(job="00000000-0000-0000-0000-000000000000")
        comic.refresh_from_db()
        with django_assert_num_queries(11):
            user.get(url)


def test_who_may_only_look_is_offered_no_change(client: Client, comic: Comic) -> None:
    client.force_login(User.objects.create_user("viewer", password="correct horse battery"))
    page = client.get(f"/comics/{comic.pk}/").content.decode()
    assert "Save tags" not in page and "/preview/trash/" not in page
    assert '<fieldset class="tag-groups" disabled>' in page
    assert save(client, comic, {"Series": "Ash"}, Series="Fern").status_code == 403
    assert not Job.objects.exists()
