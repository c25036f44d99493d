"""What the commands have in common: actions, --json and --quiet, and what an exit code means.

0: all well. 1: done, but some of it failed, or something was left. 2: it could not be done.
"""

import json
import logging
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.management import base
from django.db import DatabaseError

from jobs.lifecycle import NotAllowed
from jobs.operations import SelectionError
from jobs.terminal import plain

ALL_WELL, SOME_FAILED, COULD_NOT_RUN = 0, 1, 2
CODES = (
    "exit code: 0 all well; 1 done, but some of it failed or was left; 2 it could not be done; "
    "130, 143 stopped by Ctrl-C, by SIGTERM"
)
Wording = Callable[[Any], str]


class CommandError(base.CommandError):
    """Nothing was done; `str()` says why. Django prints it with this name."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=COULD_NOT_RUN)


@contextmanager
def refusals() -> Iterator[None]:
    """Tell what is refused on one line, and exit with 2."""
    try:
        yield
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    except (NotAllowed, SelectionError) as error:
        raise CommandError(str(error)) from error
    except DatabaseError as error:
        raise CommandError(f"The database cannot be used ({error}). Was it migrated?") from error


@contextmanager
def quiet_logs() -> Iterator[None]:
    """What is done is told by the command itself, and a log in between would tear its bar."""
    logger = logging.getLogger("jobs")
    before = logger.level
    logger.setLevel(max(before, logging.WARNING))
    try:
        yield
    finally:
        logger.setLevel(before)


def to_json(value: Any) -> str:
    """On one line."""
    from rest_framework.utils.encoders import JSONEncoder  # not above: that takes 0.1 s

    return json.dumps(value, cls=JSONEncoder)


class TellingCommand(base.BaseCommand):
    """Says what it did: in words, as one JSON object a line (--json), or not at all (--quiet)."""

    epilog: ClassVar[str] = CODES
    as_json = False
    is_quiet = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs |= {"epilog": self.epilog, "formatter_class": RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_output(self, parser: ArgumentParser) -> None:
        group = parser.add_mutually_exclusive_group()
        group.add_argument(
            "--json", action="store_true", dest="as_json", help="one JSON object on each line"
        )
        group.add_argument(
            "--quiet", action="store_true", dest="is_quiet", help="print nothing but errors"
        )

    def tell(self, value: Any, words: str) -> None:
        if self.as_json:
            self.stdout.write(to_json(value))
        elif not self.is_quiet:
            self.stdout.write(plain(words))

    def tell_each(
        self, values: Iterable[Mapping[str, Any]], in_words: Wording, *, none: str
    ) -> None:
        found = False
        for value in values:
            found = True
            self.tell(value, in_words(value))
        if not found and not self.as_json:
            self.tell({}, none)


class ActionCommand(TellingCommand):
    """`manage.py NAME ACTION ...`: each action is a method `do_ACTION`, with its arguments."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

        def add(name: str, help: str) -> ArgumentParser:
            action: ArgumentParser = actions.add_parser(name, help=help, description=help)
            self.add_output(action)
            return action

        self.add_actions(add)

    def add_actions(self, add: Callable[[str, str], ArgumentParser]) -> None:
        raise NotImplementedError

    def handle(self, *, action: str, as_json: bool, is_quiet: bool, **options: Any) -> None:
        self.as_json, self.is_quiet = as_json, is_quiet
        with quiet_logs(), refusals():
            getattr(self, f"do_{action}")(**options)


def add_limit(parser: ArgumentParser, *, default: int = 20) -> None:
    parser.add_argument(
        "--limit",
        type=int,
        default=default,
        metavar="N",
        help=f"at most so many (default {default})",
    )


def assigned(pairs: Iterable[str]) -> dict[str, str]:
    """`--set key=value`, several times. Raises CommandError."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise CommandError(f"Write --set {name}=value.")
        found[name] = value
    return found
