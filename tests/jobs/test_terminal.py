from jobs.models import Job, JobItem
from jobs.terminal import line_of, summary


def test_a_hostile_name_cannot_command_the_terminal() -> None:
    item = JobItem(outcome="failed", path="a\x1b]0;owned\x07\r\nb.cbz", message="It is\nbroken.")
    assert (
        line_of(item, Job()) == "failed: a\ufffd]0;owned\ufffd\ufffd\ufffdb.cbz: It is\ufffdbroken."
    )


def test_the_summary_tells_only_what_there_was() -> None:
    job = Job(status="cancelled", total=9, changed=3, conflict=1)
    assert summary(job) == "Cancelled: 4 of 9 (3 changed, 1 conflict)"
    assert summary(Job(status="completed")) == "Finished: 0 of 0"


def test_a_preview_says_what_would_change() -> None:
    preview = Job(status="completed", total=2, changed=1, failed=1, dry_run=True)
    assert summary(preview) == "Finished: 2 of 2 (1 would change, 1 failed)"
    item = JobItem(outcome="changed", path="a.cbz", message="Moved to the trash.")
    assert line_of(item, preview) == "would change: a.cbz: Moved to the trash."
    assert line_of(item, Job()) == "changed: a.cbz: Moved to the trash."
