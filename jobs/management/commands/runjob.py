import os
import sys
from argparse import ArgumentParser
from typing import Any

from jobs import lifecycle, option_schema, terminal
from jobs.command_line import (
    CODES,
    CommandError,
    TellingCommand,
    assigned,
    quiet_logs,
    refusals,
    to_json,
)
from jobs.foreground import attend
from jobs.models import Job
from jobs.operations import Operation
from jobs.serializers import JobSerializer

EPILOG = f"""\
{CODES}.
Ctrl-C cancels after the items in work; a second one does not wait for them longer than 5 s. What is
done stays done.

examples:
  manage.py runjob scan --library Comics
  manage.py runjob process --path "Ash/*" --dry-run
  manage.py runjob process --set strict=true --json
  manage.py runjob undo --job 6f1c7a52-0d0e-4f0e-9d5e-0c6b1f2a3b4c --dry-run
"""


class Command(TellingCommand):
    help = "Runs an operation in the foreground; where a server works here already, it does it."
    epilog = EPILOG

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
            "--items", action="store_true", help="with --json: each item too, as it is done"
        )
        self.add_output(parser)

    def handle(self, *, as_json: bool, is_quiet: bool, items: bool, **options: Any) -> None:
        self.as_json, self.is_quiet = as_json, is_quiet
        with quiet_logs(), refusals():
            job, code, report = attend(self._submit(options), self._view(items=items))
        self.tell({**JobSerializer(job).data, **report}, terminal.summary(job))
        if job.error:
            self.stderr.write(terminal.plain(job.error))
        sys.exit(code)

    def _submit(self, given: dict[str, Any]) -> Job:
        operation = lifecycle.find_operation(given["operation"])
        return lifecycle.submit(
            operation.name,
            selection_of(operation, given["library"], given["path"], job=given["job"]),
            options=options_of(operation, given["settings_given"]),
            dry_run=given["dry_run"],
        )

    def _view(self, *, items: bool) -> terminal.View:
        if self.as_json and items:
            return terminal.Lines(self.stdout.write, lambda item: to_json(item.as_json()))
        if self.as_json or self.is_quiet:
            return terminal.Silent()
        return terminal.Bar() if self.stdout.isatty() else terminal.Lines(self.stdout.write)


def selection_of(
    operation: Operation, library: str | None, path: str | None, *, job: str | None = None
) -> dict[str, Any]:
    """Raises CommandError."""
    if job is not None:
        if library is not None or path is not None:
            raise CommandError("--job goes with no other choice.")
        return {"job": job}
    if operation.lists_at_start:
        # It looks for its targets itself, so it takes a place and no filter.
        if path is not None:
            raise CommandError(f"“{operation.name}” takes no --path.")
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
    return {
        name: value_of(name, value, properties.get(name, {}).get("type", ""))
        for name, value in assigned(given).items()
    }


def value_of(name: str, text: str, kind: str | list[str]) -> Any:
    """A word of the command line as the kind of value that the option takes."""
    if kind == "array":
        return text.split(",")
    if "boolean" not in kind:
        return text
    words = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() not in words:
        raise CommandError(f"{name}: Write true or false.")
    return words[text.lower()]
