"""A finished dry run: what would change, ticked or not, and its way to the job that does it."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from comicmaintainer import accounts
from comicmaintainer.models import Role
from jobs import operations, previewing
from jobs.models import Job, JobItem
from tests.jobs.test_views import job_with, page_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pages(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture
def appliable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(operations.get("count").__class__, "applies_previews", True)
    yield


@pytest.fixture
def preview(appliable: None) -> Job:
    outcomes = ["changed"] * 5 + ["unchanged", "skipped", "failed", "conflict"]
    return job_with(*outcomes, status="completed", dry_run=True)


def boxes(page: str) -> dict[int, str]:
    """Each position on the page in order, with “checked”, “disabled” or “”."""
    found = re.findall(r'name="tick" value="(\d+)"( checked| disabled|)>', page)
    return {int(position): state.strip() for position, state in found}


def test_what_is_in_the_way_comes_first_and_cannot_be_ticked(pages: Client, preview: Job) -> None:
    page = page_of(pages, preview)
    assert list(boxes(page)) == [9, 8, 7, 1, 2, 3, 4, 5, 6]
    assert [state for state in boxes(page).values() if state == "checked"] == ["checked"] * 5
    assert {n for n, state in boxes(page).items() if state == "disabled"} == {6, 7, 8, 9}
    assert "Nothing has been changed yet." in page
    assert "Count 5 files" in page
    assert "1 conflict. That file is left as it is." in page


@pytest.mark.parametrize(
    ("kind", "positions"),
    [("changed", [1, 2, 3, 4, 5]), ("unchanged", [6]), ("conflict", [9]), ("cannot", [8, 7])],
)
def test_each_counter_filters(pages: Client, preview: Job, kind: str, positions: list[int]) -> None:
    assert list(boxes(page_of(pages, preview, f"?outcome={kind}"))) == positions


def test_words_that_differ_are_marked(pages: Client, preview: Job) -> None:
    changes = [
        {"field": "name", "before": "Ash 1.cbz", "after": "Ash 0001.cbz"},
        {"field": "Title", "before": "", "after": "<Smoke>"},
    ]
    preview.items.filter(position=1).update(changes=changes)
    page = page_of(pages, preview)
    assert "Ash <del>1</del>.cbz" in page
    assert "Ash <ins>0001</ins>.cbz" in page
    assert "<ins>&lt;Smoke&gt;</ins>" in page


def test_pages_go_on_from_kind_to_kind(
    pages: Client,
    preview: Job,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(previewing, "PAGE_SIZE", 4)
    seen = [list(boxes(page_of(pages, preview, f"?page={n}"))) for n in (1, 2, 3)]
    assert seen == [[9, 8, 7, 1], [2, 3, 4, 5], [6]]
    for query in ("?page=x", "?page=99", "?outcome=nonsense"):
        assert boxes(page_of(pages, preview, query))
    # Session, user, revision, job, one for each outcome on the page, and the shell's two.
    with django_assert_max_num_queries(12):
        page_of(pages, preview)


def tick(pages: Client, job: Job, *, shown: str, ticked: list[int], **more: str) -> str:
    answer = pages.post(f"/jobs/{job.pk}/apply/", {"shown": shown, "tick": ticked, **more})
    return str(answer.get("Location", ""))


def test_unticked_rows_stay_so_on_other_pages_and_are_left_out(pages: Client, preview: Job) -> None:
    tick(pages, preview, shown="1,2", ticked=[1], keep="1")
    assert boxes(page_of(pages, preview))[2] == ""
    there = tick(pages, preview, shown="3,4", ticked=[4], page="2", outcome="changed")
    assert there == f"/jobs/{preview.pk}/?page=2&outcome=changed"
    assert "Count 3 files" in page_of(pages, preview)
    tick(pages, preview, shown="2", ticked=[2], keep="1")
    made = tick(pages, preview, shown="5", ticked=[5])
    job = Job.objects.get(source_job=preview)
    assert made == f"/jobs/{job.pk}/"
    assert not job.dry_run
    items = JobItem.objects.filter(job=job).order_by("position")
    assert [item.key for item in items] == ["1", "2", "4", "5", "6", "7", "8", "9"]


def test_the_ticks_of_all_pages_are_set_and_cleared(
    pages: Client, preview: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'name="all"' not in page_of(pages, preview)
    monkeypatch.setattr(previewing, "PAGE_SIZE", 4)
    assert 'name="all"' in page_of(pages, preview)
    there = tick(pages, preview, shown="1", ticked=[1], all="none", outcome="changed")
    assert there == f"/jobs/{preview.pk}/?outcome=changed"
    page = page_of(pages, preview, "?outcome=changed")
    assert set(boxes(page).values()) == {""} and "Count 0 files" in page
    assert pages.post(f"/jobs/{preview.pk}/apply/")["Location"] == f"/jobs/{preview.pk}/"
    tick(pages, preview, shown="3,4", ticked=[3], keep="1")
    assert "Count 1 file" in page_of(pages, preview)
    tick(pages, preview, shown="", ticked=[])
    job = Job.objects.get(source_job=preview)
    assert [item.key for item in JobItem.objects.filter(job=job)] == ["3"]
    tick(pages, preview, shown="", ticked=[], all="ticked")
    assert "Count 5 files" in page_of(pages, preview)


def test_everybody_has_ticks_of_their_own(pages: Client, preview: Job) -> None:
    tick(pages, preview, shown="1,2", ticked=[], keep="1")
    other = Client()
    other.force_login(User.objects.create_superuser("reader"))
    assert boxes(page_of(other, preview))[1] == "checked"


def test_who_may_only_look_is_offered_pages_and_no_ticks(
    preview: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "PAGE_SIZE", 4)
    viewer = Client()
    viewer.force_login(accounts.add("viewer", Role.VIEWER))
    page = page_of(viewer, preview, "?outcome=changed")
    assert not boxes(page)
    assert f'action="/jobs/{preview.pk}/' not in page
    assert "?outcome=changed&amp;page=2" in page


@pytest.mark.parametrize("shown", ["", "x", "-1", "0", "99", "9" * 30, "²"])
def test_positions_that_are_none_are_ignored(pages: Client, preview: Job, shown: str) -> None:
    tick(pages, preview, shown=shown, ticked=[], keep="1")
    assert "Count 5 files" in page_of(pages, preview)


def test_other_options_make_another_preview_of_the_same_items(pages: Client, preview: Job) -> None:
    wrong = pages.post(f"/jobs/{preview.pk}/again/", {"options-count": "-1"})
    assert wrong.status_code == 400
    assert "greater than or equal to 0" in wrong.content.decode()
    answer = pages.post(f"/jobs/{preview.pk}/again/", {"options-count": "9", "options-broken": "2"})
    made = Job.objects.get(source_job=preview)
    assert answer["Location"] == f"/jobs/{made.pk}/"
    assert (made.dry_run, made.total, made.options["broken"]) == (True, 9, 2)


def test_what_was_no_preview_or_has_not_ended_is_not_applied(pages: Client, preview: Job) -> None:
    for job in (job_with("changed", status="completed"), job_with("changed", left=1, dry_run=True)):
        answer = pages.post(f"/jobs/{job.pk}/apply/", follow=True)
        assert answer.redirect_chain == [(f"/jobs/{job.pk}/", 302)]
    assert not Job.objects.filter(source_job__isnull=False).exists()
