import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from jobs import admin, lifecycle
from jobs.models import Job
from tests.jobs.test_api import count, done

pytestmark = pytest.mark.django_db

JOBS = "/admin/jobs/job/"
ITEMS = "/admin/jobs/jobitem/"


@pytest.fixture
def site(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


def act(site: Client, action: str, *jobs: Job) -> str:
    data = {"action": action, "_selected_action": [str(job.pk) for job in jobs]}
    return site.post(JOBS, data, follow=True).content.decode()


def test_jobs_are_listed_with_progress_and_links(site: Client) -> None:
    job = done(count(count=4), "changed", "failed")
    page = site.get(JOBS).content.decode()
    assert "2 of 4 (50 %)" in page
    assert f"{ITEMS}?job__id__exact={job.pk}" in page
    detail = site.get(f"{JOBS}{job.pk}/change/").content.decode()
    assert reverse("job", args=[job.pk]) in detail


def test_a_long_list_takes_no_more_queries(
    site: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        done(count(count=2), "changed")
    with django_assert_max_num_queries(12):
        site.get(JOBS)
    with django_assert_max_num_queries(12):
        site.get(ITEMS)


def test_jobs_and_items_can_only_be_looked_at(site: Client) -> None:
    job = done(count(count=1), "changed")
    item = job.items.get()
    for url, pk in ((JOBS, job.pk), (ITEMS, item.pk)):
        assert site.get(f"{url}add/").status_code == 403
        assert site.post(f"{url}{pk}/change/", {"status": "failed"}).status_code == 403
        assert site.get(f"{url}{pk}/delete/").status_code == 403
        assert b'name="_save"' not in site.get(f"{url}{pk}/change/").content


def test_the_items_of_one_job_are_listed_by_themselves(site: Client) -> None:
    mine, other = done(count(count=1), "failed"), count(count=2)
    page = site.get(f"{ITEMS}?job__id__exact={mine.pk}").content.decode()
    assert f"Items of {mine}" in page
    assert str(other) not in page
    assert "1 job item" in page
    assert site.get(f"{ITEMS}?job__id__exact=nonsense").status_code == 302


def test_cancel_and_retry_say_what_they_did_and_what_was_refused(site: Client) -> None:
    running, ended = count(count=1), lifecycle.cancel(count(count=1))
    page = act(site, "cancel", running, ended)
    assert "Done for 1 job." in page
    assert f"{ended}: This job has already ended." in page
    running.refresh_from_db()
    assert running.status == Job.Status.CANCELLED
    failed = done(count(count=1), "failed")
    assert "Done for 1 job." in act(site, "retry", failed, running)
    assert Job.objects.get(source_job=failed).total == 1


def test_who_may_only_look_gets_no_actions(client: Client) -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_job"))
    client.force_login(viewer)
    job = count(count=1)
    assert client.get(JOBS).status_code == 200
    act(client, "cancel", job)
    job.refresh_from_db()
    assert job.status == Job.Status.QUEUED


def test_items_are_counted_so_far_and_no_further(
    site: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin, "MOST_COUNTED", 3)
    job = done(count(count=5), *["changed"] * 5)
    page = site.get(ITEMS)
    assert page.context["cl"].result_count == 3
    assert reverse("job", args=[job.pk]) in page.content.decode()
