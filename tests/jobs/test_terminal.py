from jobs.models import Job, JobItem
from jobs.terminal import line_of, summary


def test_a_hostile_name_cannot_command_the_terminal() -> None:
    item = JobItem(outcome="failed", path="a\x1b]0;owned\x07\r\nb.cbz", message="It is\nbroken.")
    assert line_of(item) == "failed: a\ufffd]0;owned\ufffd\ufffd\ufffdb.cbz: It is\ufffdbroken."


def test_the_summary_tells_only_what_there_was() -> None:
    job = Job(status="cancelled", total=9, changed=3, conflict=1)
    assert summary(job) == "Cancelled: 4 of 9 (3 changed, 1 conflict)"
    assert summary(Job(status="completed")) == "Finished: 0 of 0"
