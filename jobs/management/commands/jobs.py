from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from jobs import lifecycle, sequels, terminal
from jobs.command_line import CommandError, add_limit
from jobs.foreground import JobCommand
from jobs.models import Job
from jobs.operations import Outcome
from jobs.serializers import ItemSerializer, JobSerializer

MOVES: dict[str, tuple[Callable[[Job], Job], str, str]] = {
    "cancel": (lifecycle.cancel, "stops jobs after the items in work", "Cancelled"),
    "pause": (lifecycle.pause, "has jobs begin no further item", "Paused"),
    "resume": (lifecycle.resume, "lets paused jobs go on", "Goes on"),
    "dismiss": (lifecycle.dismiss, "puts the failures of jobs aside", "Put aside"),
}


class Command(JobCommand):
    help = "Lists jobs, and does with them what their pages do."

    def add_actions(self, add: Callable[[str, str], ArgumentParser]) -> None:
        listing = add("list", "the newest first")
        listing.add_argument("--status", choices=Job.Status.values)
        listing.add_argument("--operation", metavar="NAME")
        add_limit(listing)
        showing = add("show", "one job with its results")
        showing.add_argument("job", metavar="ID")
        showing.add_argument("--outcome", choices=Outcome.values, help="only these results")
        add_limit(showing, default=50)
        for name, (_move, help, _done) in MOVES.items():
            add(name, help).add_argument("jobs", metavar="ID", nargs="+")
        add("remove", "forgets jobs that have ended").add_argument("jobs", metavar="ID", nargs="+")
        self._add_sequels(add)

    def _add_sequels(self, add: Callable[[str, str], ArgumentParser]) -> None:
        again = add("retry", "a new job over what failed")
        repeating = add("repeat", "a new job over the same items, as they are now")
        undoing = add("undo", "a new job that takes back what one did")
        undoing.add_argument("--dry-run", action="store_true", help="only say what would change")
        applying = add("apply", "a new job that does just what a preview has shown")
        applying.add_argument(
            "--except",
            dest="without",
            type=int,
            nargs="+",
            default=[],
            metavar="POSITION",
            help="but not these items",
        )
        for parser in (again, repeating, undoing, applying):
            parser.add_argument("job", metavar="ID")
            self.add_wait(parser)

    def do_list(self, *, status: str | None, operation: str | None, limit: int, **_: Any) -> None:
        chosen = {"status": status, "operation": operation}
        jobs = Job.objects.announced().filter(**{k: v for k, v in chosen.items() if v})
        newest = jobs.select_related("created_by").order_by("-created_at", "pk")[: max(0, limit)]
        words = {str(job.pk): terminal.headline(job) for job in newest}
        shown = (JobSerializer(job).data for job in newest)
        self.tell_each(shown, lambda job: words[str(job["job_id"])], none="There is no such job.")

    def do_show(self, *, job: str, outcome: str | None, limit: int, **_: Any) -> None:
        found = job_of(job)
        self.tell(JobSerializer(found).data, terminal.headline(found))
        items = found.items.done()
        items = items.filter(outcome=outcome) if outcome else items
        for item in items[: max(0, limit)]:
            shown = ItemSerializer(item, context={"job": found}).data if self.as_json else {}
            self.tell(shown, f"  {terminal.line_of(item, found)}")

    def do_cancel(self, **options: Any) -> None:
        self._move("cancel", **options)

    def do_pause(self, **options: Any) -> None:
        self._move("pause", **options)

    def do_resume(self, **options: Any) -> None:
        self._move("resume", **options)

    def do_dismiss(self, **options: Any) -> None:
        self._move("dismiss", **options)

    def _move(self, name: str, *, jobs: list[str], **_: Any) -> None:
        move, _help, done = MOVES[name]
        for found in list(map(job_of, jobs)):
            moved = move(found)
            self.tell(JobSerializer(moved).data, f"{done}: {terminal.headline(moved)}")

    def do_remove(self, *, jobs: list[str], **_: Any) -> None:
        for found in list(map(job_of, jobs)):
            told = {"job_id": str(found.pk), "removed": True}
            words = f"Removed: {terminal.headline(found)}"
            lifecycle.remove(found)
            self.tell(told, words)

    def do_retry(self, *, job: str, wait: bool, **_: Any) -> None:
        self.begun(sequels.retry(job_of(job)), wait=wait)

    def do_repeat(self, *, job: str, wait: bool, **_: Any) -> None:
        self.begun(sequels.repeat(job_of(job)), wait=wait)

    def do_undo(self, *, job: str, dry_run: bool, wait: bool, **_: Any) -> None:
        self.begun(sequels.undo(job_of(job), dry_run=dry_run), wait=wait)

    def do_apply(self, *, job: str, without: list[int], wait: bool, **_: Any) -> None:
        self.begun(sequels.apply(job_of(job), without=without), wait=wait)


def job_of(text: str) -> Job:
    """By its id, or by first letters of it that no other has. Raises CommandError."""
    if len(text) < 4 or not set(text.lower()) <= set("0123456789abcdef-"):
        raise CommandError(
            f"“{text}” is no id of a job: give it, or its first letters, 4 at least."
        )
    jobs = Job.objects.announced().select_related("created_by")
    found = list(jobs.filter(pk__startswith=text.lower())[:2])
    if len(found) != 1:
        raise CommandError(f"There {'are several jobs' if found else 'is no job'} “{text}”.")
    return found[0]
