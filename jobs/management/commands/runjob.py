import json
import logging
import os
import signal
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from rest_framework.utils.encoders import JSONEncoder

from jobs import lifecycle, operations, option_schema, terminal
from jobs.following import follow
from jobs.locking import Locked, worker_lock
from jobs.models import Job
from jobs.operations import Operation
from jobs.serializers import JobSerializer
from jobs.worker import Worker

EPILOG = """\
Exit code: 0 all well; 1 some items failed, or someone else cancelled the job; 2 it could not
run; 130 or 143 cancelled by Ctrl-C (or SIGTERM), after the items in work. A second Ctrl-C
does not wait for them longer than 5 s. What is done stays done.

examples:
  manage.py runjob scan --library Comics
  manage.py runjob process --path "Ash/*" --dry-run
  manage.py runjob process --set strict=true --json
  manage.py runjob undo --job 6f1c7a52-0d0e-4f0e-9d5e-0c6b1f2a3b4c --dry-run
"""
ALL_WELL, SOME_FAILED, COULD_NOT_RUN = 0, 1, 2


class Interrupt:
    """Remembers the first signal to stop; the second one raises KeyboardInterrupt."""

    def __init__(self) -> None:
        self.signal = 0

    def install(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, number: int, frame: object) -> None:
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number


class Command(BaseCommand):
    help = "Runs an operation in the foreground; where a server works here already, it does it."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs |= {"epilog": EPILOG, "formatter_class": RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("operation", help="such as scan or process")
        parser.add_argument("--library", metavar="NAME", help="only this library")
        parser.add_argument(
            "--path", metavar="GLOB", help="only these: * is any text, ? is one character"
        )
        parser.add_argument("--job", metavar="ID", help="what this job did, for undo")
        parser.add_argument(
            "--set",
            metavar="key=value",
            dest="settings_given",
            action="append",
            default=[],
            help="an option of the operation; commas between the values of a list",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="print the finished job as JSON"
        )

    def handle(self, *, as_json: bool, **options: Any) -> None:
        # The end of the job is told below, and a log in between would tear the bar.
        logging.getLogger("jobs").setLevel(logging.WARNING)
        interrupt = Interrupt()
        job = self._submit(options)
        interrupt.install()
        try:
            with working():
                job = self._follow(job, self._view(as_json), interrupt)
                reported = report_of(job) if as_json else {}
        except Job.DoesNotExist:
            raise CommandError("The job was removed.", returncode=COULD_NOT_RUN) from None
        except KeyboardInterrupt:
            sys.exit(128 + interrupt.signal)
        self._report(job, reported, as_json=as_json)
        sys.exit(exit_code(job, interrupt))

    def _submit(self, given: dict[str, Any]) -> Job:
        try:
            operation = lifecycle.find_operation(given["operation"])
            return lifecycle.submit(
                operation.name,
                selection_of(operation, given["library"], given["path"], job=given["job"]),
                options=options_of(operation, given["settings_given"]),
                dry_run=given["dry_run"],
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=COULD_NOT_RUN) from error
        except DatabaseError as error:
            text = f"The database cannot be used ({error}). Was it migrated?"
            raise CommandError(text, returncode=COULD_NOT_RUN) from error

    def _view(self, as_json: bool) -> terminal.View:
        if as_json:
            return terminal.Silent()
        return terminal.Bar() if self.stdout.isatty() else terminal.Lines(self.stdout.write)

    def _follow(self, job: Job, view: terminal.View, interrupt: Interrupt) -> Job:
        with view.shown():
            for news in follow(job):
                job = news.job
                view.show(news)
                if interrupt.signal and not (job.cancelling or job.is_finished):
                    with suppress(lifecycle.NotAllowed):
                        lifecycle.cancel(job)
        return job

    def _report(self, job: Job, reported: Mapping[str, Any], *, as_json: bool) -> None:
        if as_json:
            data = {**JobSerializer(job).data, **reported}
            self.stdout.write(json.dumps(data, cls=JSONEncoder, indent=2))
        else:
            self.stdout.write(terminal.summary(job))
        if job.error:
            self.stderr.write(terminal.plain(job.error))


def selection_of(
    operation: Operation, library: str | None, path: str | None, *, job: str | None = None
) -> dict[str, Any]:
    """Raises CommandError."""
    if job is not None:
        if library is not None or path is not None:
            raise CommandError("--job goes with no other choice.", returncode=COULD_NOT_RUN)
        return {"job": job}
    if operation.lists_at_start:
        # It looks for its targets itself, so it takes a place and no filter.
        if path is not None:
            text = f"“{operation.name}” takes no --path."
            raise CommandError(text, returncode=COULD_NOT_RUN)
        return {"all": True} if library is None else {"library": library}
    chosen = {"library": library, "path": path}
    filters = {name: storable(value) for name, value in chosen.items() if value is not None}
    return {"filter": filters} if filters else {"all": True}


def storable(text: str) -> str:
    """Bytes that are not UTF-8 as \\xNN, as the database has them."""
    return os.fsencode(text).decode("utf-8", "backslashreplace")


def options_of(operation: Operation, given: list[str]) -> dict[str, Any]:
    """Raises CommandError."""
    properties = option_schema.of_form(operation.form())["properties"]
    options: dict[str, Any] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            text = f"Write --set {name}=value."
            raise CommandError(text, returncode=COULD_NOT_RUN)
        options[name] = value_of(name, value, properties.get(name, {}).get("type", ""))
    return options


def value_of(name: str, text: str, kind: str | list[str]) -> Any:
    """A word of the command line as the kind of value that the option takes."""
    if kind == "array":
        return text.split(",")
    if "boolean" not in kind:
        return text
    words = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() not in words:
        raise CommandError(f"{name}: Write true or false.", returncode=COULD_NOT_RUN)
    return words[text.lower()]


@contextmanager
def working() -> Iterator[None]:
    """Have jobs worked on in this process, unless another one does on this data folder."""
    with ExitStack() as stack:
        with suppress(Locked):
            stack.enter_context(worker_lock())
            worker = Worker(threads=settings.WORKERS)
            worker.start()
            stack.callback(worker.stop)
        yield


def report_of(job: Job) -> Mapping[str, Any]:
    if job.dry_run or job.status != Job.Status.COMPLETED:
        return {}
    return operations.get(job.operation).report(str(job.pk))


def exit_code(job: Job, interrupt: Interrupt) -> int:
    if job.status == Job.Status.FAILED:
        return COULD_NOT_RUN
    if job.status == Job.Status.CANCELLED:
        return 128 + interrupt.signal if interrupt.signal else SOME_FAILED
    return SOME_FAILED if job.errors else ALL_WELL
