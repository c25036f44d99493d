import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from jobs import lifecycle
from jobs.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


def told(*words: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What `manage.py jobs ... --json` prints, object by object."""
    call_command("jobs", *words, "--json")
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_jobs_are_listed_and_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = lifecycle.submit("count", {}), lifecycle.submit("poison", {})
    lifecycle.cancel(first)
    assert [job["job_id"] for job in told("list", capsys=capsys)] == [str(second.pk), str(first.pk)]
    assert len(told("list", "--limit", "1", capsys=capsys)) == 1
    (found,) = told("list", "--status", "cancelled", capsys=capsys)
    assert found["job_id"] == str(first.pk)
    assert told("list", "--operation", "scan", capsys=capsys) == []
    call_command("jobs", "list", "--operation", "scan")
    assert capsys.readouterr().out == "There is no such job.\n"


def test_a_job_goes_through_its_states(capsys: pytest.CaptureFixture[str]) -> None:
    job = lifecycle.submit("count", {})
    states = []
    for action in ("pause", "resume", "cancel"):
        (moved,) = told(action, str(job.pk), capsys=capsys)
        states.append(moved["status"])
    assert states == ["paused", "queued", "cancelled"]
    (removed,) = told("remove", str(job.pk)[:8], capsys=capsys)
    assert removed == {"job_id": str(job.pk), "removed": True}
    assert not Job.objects.exists()


def test_what_its_state_does_not_allow_is_said_and_exits_with_2() -> None:
    job = lifecycle.submit("count", {})
    for words in (["remove"], ["retry"], ["undo"], ["apply"], ["resume"]):
        with pytest.raises(CommandError) as refused:
            call_command("jobs", *words, str(job.pk))
        assert refused.value.returncode == 2
        assert len(str(refused.value)) > 20


def test_of_several_jobs_none_is_moved_where_one_is_unknown() -> None:
    job = lifecycle.submit("count", {})
    with pytest.raises(CommandError, match="There is no job “00000000”"):
        call_command("jobs", "cancel", str(job.pk), "00000000")
    job.refresh_from_db()
    assert job.status == Job.Status.QUEUED


@pytest.mark.parametrize("text", ["", "abc", "%%%%", "process", "6f1c7a52'--"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="no id of a job"):
        call_command("jobs", "show", text)


def test_letters_that_several_ids_begin_with_are_refused() -> None:
    for last in "12":
        Job.objects.create(
            pk=f"6f1c7a52-0d0e-4f0e-9d5e-0c6b1f2a3b4{last}", operation="count", revision=1
        )
    with pytest.raises(CommandError, match="There are several jobs “6f1c”"):
        call_command("jobs", "show", "6f1c")


def test_waiting_does_the_work_and_tells_how_it_went(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("runjob", "count", "--set", "count=3", "--set", "broken=1", "--quiet")
    assert ended.value.code == 1
    assert capsys.readouterr() == ("", "")
    failed = Job.objects.get()
    with pytest.raises(SystemExit) as ended:
        call_command("jobs", "retry", str(failed.pk), "--wait", "--json")
    assert ended.value.code == 1
    (job,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (job["status"], job["source_job_id"]) == ("completed", str(failed.pk))
    assert job["progress"]["errors"] == job["progress"]["total"] == 1


def test_with_items_each_is_one_object_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("runjob", "count", "--set", "count=3", "--json", "--items")
    assert ended.value.code == 0
    *items, job = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [item["n"] for item in items] == [1, 2, 3]
    assert job["progress"]["processed"] == 3


def test_the_results_of_a_job_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("runjob", "count", "--set", "count=3", "--quiet")
    job, *items = told("show", str(Job.objects.get().pk), "--limit", "2", capsys=capsys)
    assert job["status"] == "completed"
    assert [item["outcome"] for item in items] == ["changed", "changed"]
    assert told("show", job["job_id"], "--outcome", "failed", capsys=capsys) == [job]
