"""A job's progress on a terminal, or as lines in a file."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from jobs.following import News
from jobs.models import Job, JobItem
from jobs.operations import ERRORS, Outcome

Write = Callable[[str], object]


class View(Protocol):
    def shown(self) -> AbstractContextManager[object]: ...

    def show(self, news: News) -> None: ...


class Silent:
    def shown(self) -> AbstractContextManager[object]:
        return nullcontext()

    def show(self, news: News) -> None:
        pass


class Lines(Silent):
    """One line for each item."""

    def __init__(self, write: Write, line: Callable[[JobItem], str] | None = None) -> None:
        self._write = write
        self._line = line

    def show(self, news: News) -> None:
        for item in news.items:
            shown = self._line(item) if self._line else line_of(item, news.job)
            self._write(shown)


class Bar:
    """A bar that moves, and above it a line for each item that went wrong."""

    def __init__(self) -> None:
        from rich import progress  # not above: every command imports this module

        self._progress = progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            progress.TaskProgressColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeRemainingColumn(),
        )
        self._task = self._progress.add_task("", total=None)

    def shown(self) -> AbstractContextManager[object]:
        return self._progress

    def show(self, news: News) -> None:
        for item in news.items:
            if item.outcome in ERRORS:
                self._progress.console.print(line_of(item, news.job), markup=False, highlight=False)
        job = news.job
        self._progress.update(
            self._task,
            description=job.label if not job.cancelling else f"{job.label}: cancelling",
            completed=job.processed,
            total=job.total if job.started_at else None,
        )


def line_of(item: JobItem, job: Job) -> str:
    outcome = _label(item.outcome, job)
    return plain(f"{outcome}: {item.path}" + (f": {item.message}" if item.message else ""))


def headline(job: Job) -> str:
    """Such as "6f1c7a52  Process of Comics, preview. Finished: 98 of 100 (98 would change)"."""
    name = f"{job.label} of {job.scope}" if job.scope else job.label
    preview = ", preview" if job.dry_run else ""
    return f"{str(job.pk)[:8]}  {name}{preview}. {summary(job)}"


def summary(job: Job) -> str:
    """Such as "Finished: 98 of 100 (90 changed, 6 already right, 2 failed)"."""
    counts = [f"{count} {_label(outcome, job)}" for outcome, count in job.outcomes.items() if count]
    details = f" ({', '.join(counts)})" if counts else ""
    return f"{job.get_status_display()}: {job.processed} of {job.total}{details}"


def _label(outcome: str, job: Job) -> str:
    would = job.dry_run and outcome == Outcome.CHANGED
    return "would change" if would else str(Outcome(outcome).label)


def plain(text: str) -> str:
    """Without the characters by which a file's name could command the terminal."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
