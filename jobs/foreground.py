"""Wait for a job at a terminal or in a script: the bar, Ctrl-C, and the exit code at its end."""

import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from django.conf import settings

from jobs import lifecycle, operations, terminal
from jobs.command_line import ALL_WELL, COULD_NOT_RUN, SOME_FAILED, ActionCommand, CommandError
from jobs.following import follow
from jobs.locking import Locked, worker_lock
from jobs.models import Job
from jobs.serializers import JobSerializer
from jobs.worker import Worker


class JobCommand(ActionCommand):
    """Some of its actions make a job, and can wait for it."""

    def add_wait(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wait", action="store_true", help="until the job has ended")

    def begun(self, job: lifecycle.Job, *, wait: bool) -> None:
        """Tell of a new job, or of its end."""
        code = ALL_WELL
        if wait:
            is_seen = self.stdout.isatty() and not (self.as_json or self.is_quiet)
            job, code, _ = attend(job, terminal.Bar() if is_seen else terminal.Silent())
        self.tell(JobSerializer(job).data, terminal.headline(job))
        if code:
            sys.exit(code)


class Interrupt:
    """Remembers the first signal to stop; the second one raises KeyboardInterrupt."""

    def __init__(self) -> None:
        self.signal = 0

    @contextmanager
    def noted(self) -> Iterator[None]:
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, self._note) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

    def _note(self, number: int, frame: object) -> None:
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number


def attend(job: Job, view: terminal.View) -> tuple[Job, int, Mapping[str, Any]]:
    """The job at its end, the exit code that tells it, and what else its operation reports.

    It is worked on in this process, unless another one does on this data folder. The first
    signal cancels it.
    """
    interrupt = Interrupt()
    with interrupt.noted():
        try:
            with _working():
                job = _follow(job, view, interrupt)
                report = _report(job)
        except Job.DoesNotExist:
            raise CommandError("The job was removed.") from None
        except KeyboardInterrupt:
            sys.exit(128 + interrupt.signal)
    return job, _exit_code(job, interrupt), report


def _follow(job: Job, view: terminal.View, interrupt: Interrupt) -> Job:
    with view.shown():
        for news in follow(job):
            job = news.job
            view.show(news)
            if interrupt.signal and not (job.cancelling or job.is_finished):
                with suppress(lifecycle.NotAllowed):
                    lifecycle.cancel(job)
    return job


def _report(job: Job) -> Mapping[str, Any]:
    if job.dry_run or job.status != Job.Status.COMPLETED:
        return {}
    return operations.get(job.operation).report(str(job.pk))


@contextmanager
def _working() -> Iterator[None]:
    with ExitStack() as stack:
        with suppress(Locked):
            stack.enter_context(worker_lock())
            worker = Worker(threads=settings.WORKERS)
            worker.start()
            stack.callback(worker.stop)
        yield


def _exit_code(job: Job, interrupt: Interrupt) -> int:
    if job.status == Job.Status.FAILED:
        return COULD_NOT_RUN
    if job.status == Job.Status.CANCELLED:
        return 128 + interrupt.signal if interrupt.signal else SOME_FAILED
    return SOME_FAILED if job.errors else ALL_WELL
