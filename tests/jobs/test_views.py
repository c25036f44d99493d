from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from jobs import lifecycle, operations
from jobs.models import Job, JobItem

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pages(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


def job_with(*outcomes: str, status: str = "processing", left: int = 0, **values: Any) -> Job:
    """A job whose items ended so, in this order."""
    job = lifecycle.submit("count", {}, options={"count": len(outcomes) + left})
    for item, outcome in zip(job.items.order_by("position"), outcomes, strict=False):
        job.count(outcome)
        JobItem.objects.filter(pk=item.pk).update(n=job.processed, outcome=outcome, message="why")
    counted = {name: count for name, count in job.outcomes.items() if count}
    Job.objects.filter(pk=job.pk).update(status=status, **counted, **values)
    return Job.objects.get(pk=job.pk)


def page_of(pages: Client, job: Job, query: str = "") -> str:
    return pages.get(f"/jobs/{job.pk}/{query}").content.decode()


def test_strangers_are_sent_to_sign_in(admin: User, client: Client) -> None:
    job = job_with("changed")
    for path in ("/jobs/", f"/jobs/{job.pk}/", f"/jobs/{job.pk}/results.csv"):
        assert client.get(path).url == f"/login/?next={path}"  # type: ignore[attr-defined]
    client.post(f"/jobs/{job.pk}/cancel/")
    job.refresh_from_db()
    assert not job.cancelling


def test_a_job_shows_its_figures_and_its_newest_results_first(pages: Client) -> None:
    page = page_of(pages, job_with("changed", "failed", left=6))
    assert "2 of 8" in page
    assert page.index("item 2") < page.index("item 1")
    assert 'data-part="failed" x="125.0" width="125.0"' in page


def test_a_job_that_is_being_created_is_not_found(pages: Client) -> None:
    job = Job.objects.create(operation="count")
    assert pages.get(f"/jobs/{job.pk}/").status_code == 404


def test_results_are_filtered_and_paged_without_moving(pages: Client) -> None:
    job = job_with(*["changed"] * 120, "failed", left=3)
    assert page_of(pages, job, "?outcome=failed").count('<tr class="result') == 1 + 5
    assert page_of(pages, job).count('<tr class="result') == 100 + 5
    second = page_of(pages, job, "?page=2&upto=110")
    assert second.count('<tr class="result') == 10 + 5
    for query in ("?outcome=nonsense", "?page=nonsense", "?upto=-3", "?page=999", "?upto=9" * 9):
        assert pages.get(f"/jobs/{job.pk}/{query}").status_code == 200


@pytest.mark.parametrize(
    ("job", "text"),
    [
        (("changed", "failed"), "Finished. 1 changed, 1 failed."),
        (("failed", "conflict"), "Stopped: none of 2 could be processed."),
        (("changed", "unchanged"), "Finished. 1 changed, 1 already right."),
    ],
)
def test_the_end_is_told_in_words(pages: Client, job: tuple[str, ...], text: str) -> None:
    assert text in page_of(pages, job_with(*job, status="completed"))


def test_a_job_that_could_not_go_on_says_why(pages: Client) -> None:
    assert "The folder is gone." in page_of(
        pages, job_with(status="failed", left=1, error="The folder is gone.")
    )


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("cancel", "queued", "cancelled"),
        ("pause", "processing", "paused"),
        ("resume", "paused", "queued"),
    ],
)
def test_its_course_is_changed_by_post(pages: Client, action: str, before: str, after: str) -> None:
    job = job_with(status=before, left=2)
    assert pages.get(f"/jobs/{job.pk}/{action}/").status_code == 405
    answer = pages.post(f"/jobs/{job.pk}/{action}/")
    assert answer.url == f"/jobs/{job.pk}/"  # type: ignore[attr-defined]
    job.refresh_from_db()
    assert job.status == after


def test_what_is_not_allowed_is_said_on_the_page(pages: Client) -> None:
    job = job_with("changed", status="completed")
    answer = pages.post(f"/jobs/{job.pk}/cancel/", follow=True)
    assert "This job has already ended." in answer.content.decode()
    answer = pages.post(f"/jobs/{job.pk}/retry/", follow=True)
    assert "No item of this job failed." in answer.content.decode()


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Unexpected error: KeyError: 'x'", ["Something unforeseen", "Retry it.", "KeyError"]),
        ("The process that worked on it ended by signal SIGSEGV.", ["broke down", "SIGSEGV"]),
        ("It took longer than 60 s and was stopped.", ["ITEM_TIMEOUTS"]),
        ("It needs more memory than one item may use.", ["another copy"]),
        ("Given up: the worker stopped three times while at this item.", ["Retry it alone"]),
    ],
)
def test_an_error_comes_with_the_next_step(pages: Client, message: str, shown: list[str]) -> None:
    job = job_with("changed", "failed", status="completed")
    job.items.filter(n=2).update(message=message)
    page = page_of(pages, job)
    for text in shown:
        assert text in page


def test_rows_are_told_alone(pages: Client) -> None:
    job = job_with("changed", "failed", "changed")
    part = page_of(pages, job, "?part=rows&n=2,3,4,x,-1,,²")
    assert [f'data-n="{n}"' in part for n in range(5)] == [False, False, True, True, False]
    assert "Count it by hand." in part and "<html" not in part


def test_what_is_in_work_is_named_on_the_page_and_by_the_api(pages: Client) -> None:
    job = job_with("changed", left=3)
    job.items.filter(position__in=[3, 4]).update(owner="somebody")
    assert "<span>folder/item 3</span>" in page_of(pages, job)
    told = pages.get(f"/api/jobs/{job.pk}/").json()
    assert told["current"] == ["folder/item 3", "folder/item 4"]
    assert "current" not in pages.get("/api/jobs/").json()["results"][0]


def test_a_job_that_went_on_after_a_restart_says_so_ever_after(pages: Client) -> None:
    job = job_with("changed", left=1, started_at=now())
    assert "Continued after a restart." not in page_of(pages, job)
    Job.objects.update(continued_at=now())
    assert "Continued after a restart." in page_of(pages, job)
    Job.objects.update(status="completed")
    assert "Continued after a restart." in page_of(pages, job)


def test_jobs_that_follow_from_it_are_named(pages: Client) -> None:
    job = job_with("changed", "failed", status="completed")
    assert "Followed by" not in page_of(pages, job)
    pages.post(f"/jobs/{job.pk}/retry/")
    made = Job.objects.get(source_job=job)
    page = page_of(pages, job)
    assert page.index("Followed by") < page.index(f"/jobs/{made.pk}/")


def test_failures_ask_for_attention_until_they_are_dismissed(pages: Client) -> None:
    job = job_with("changed", "failed", status="completed")
    assert "Dismiss" in page_of(pages, job)
    assert list(Job.objects.needs_attention()) == [job]
    pages.post(f"/jobs/{job.pk}/dismiss/")
    assert "Dismiss" not in page_of(pages, job)
    assert not Job.objects.needs_attention().exists()


def test_what_a_preview_found_asks_for_no_attention(pages: Client) -> None:
    job = job_with("changed", "failed", status="completed", dry_run=True)
    assert not Job.objects.needs_attention()
    assert "Dismiss" not in page_of(pages, job)


def test_a_job_is_run_again_with_its_options(pages: Client) -> None:
    job = job_with("changed", "failed", "skipped", status="completed")
    answer = pages.post(f"/jobs/{job.pk}/repeat/")
    made = Job.objects.get(source_job=job)
    assert answer.url == f"/jobs/{made.pk}/"  # type: ignore[attr-defined]
    assert (made.operation, made.dry_run, made.total) == ("count", False, 3)
    assert made.options == job.options


def test_a_retry_is_a_job_of_its_own(pages: Client) -> None:
    job = job_with("changed", "failed", status="completed")
    answer = pages.post(f"/jobs/{job.pk}/retry/")
    again = Job.objects.get(source_job=job)
    assert answer.url == f"/jobs/{again.pk}/"  # type: ignore[attr-defined]
    assert again.total == 1


def test_what_a_job_did_is_undone_from_its_page_by_the_operation_that_undoes(
    pages: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_with("changed", status="completed")
    undo = f'action="/jobs/{job.pk}/undo/"'
    assert undo not in page_of(pages, job)
    refused = pages.post(f"/jobs/{job.pk}/undo/", follow=True)
    assert "There is nothing to undo" in refused.content.decode()
    monkeypatch.setattr(operations.get(job.operation).__class__, "undone_by", "count")
    assert undo in page_of(pages, job)
    for url, dry_run in (("undo", False), ("undo/preview", True)):
        answer = pages.post(f"/jobs/{job.pk}/{url}/")
        made = Job.objects.get(source_job=job, dry_run=dry_run)
        assert answer.url == f"/jobs/{made.pk}/"  # type: ignore[attr-defined]


def test_posts_need_the_csrf_token(admin: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    job = job_with(left=1)
    answer = client.post(f"/jobs/{job.pk}/cancel/")
    assert answer.status_code == 403
    assert "This form is out of date" in answer.content.decode()


def test_no_cell_of_the_csv_is_a_formula(pages: Client) -> None:
    job = job_with("changed", "failed", status="completed")
    job.items.filter(n=1).update(path="=HYPERLINK(1).cbz", message="@SUM(1)")
    answer = pages.get(f"/jobs/{job.pk}/results.csv")
    lines = answer.content.decode().splitlines()
    assert lines[0].startswith("n,position,path,outcome,message")
    assert lines[1].startswith("1,1,'=HYPERLINK(1).cbz,changed,'@SUM(1)")
    assert len(lines) == 3
    assert "attachment" in answer["Content-Disposition"]


def test_activity_lists_what_runs_what_failed_and_what_was(
    pages: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    running = job_with("changed", left=1)
    bad, good = job_with("failed", status="completed"), job_with("changed", status="completed")
    with django_assert_max_num_queries(11):
        page = pages.get("/jobs/").content.decode()
    assert f'data-job="{running.pk}"' in page
    assert str(bad.pk) in page
    assert str(good.pk) in page
    page = pages.get("/jobs/?show=attention").content.decode()
    assert str(bad.pk) in page
    assert str(good.pk) not in page


def test_activity_is_filtered_and_has_pages(pages: Client) -> None:
    for _n in range(26):
        job_with("changed", status="completed")
    failed = job_with("changed", status="failed")
    page = pages.get("/jobs/").content.decode()
    assert "?page=2" in page
    assert "Page 2 of 2" in pages.get("/jobs/?page=2&operation=count").content.decode()
    page = pages.get("/jobs/?status=failed").content.decode()
    assert str(failed.pk) in page and page.count('class="name"') == 1
    assert "No job matches" in pages.get("/jobs/?operation=wide").content.decode()
    assert "?page=2" in pages.get("/jobs/?operation=nonsense&status=x").content.decode()


def test_a_job_page_takes_few_queries(
    pages: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = job_with(*["changed"] * 60, left=1)
    with django_assert_max_num_queries(12):
        pages.get(f"/jobs/{job.pk}/")


def test_the_page_says_no_more_than_its_revision(pages: Client) -> None:
    job = job_with("changed", left=1)
    answer = pages.get(f"/jobs/{job.pk}/")
    assert answer.context["revision"] >= answer.context["state"]["revision"]
    assert f'data-revision="{answer.context["revision"]}"' in answer.content.decode()
