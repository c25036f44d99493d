from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from jobs.command_line import CommandError
from library.registering import register_and_scan


class Command(BaseCommand):
    help = "Registers a folder of comics as a library and has it scanned. Touches no file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", help="the folder")
        parser.add_argument("--name", default="", help="default: the folder's name")

    def handle(self, *, path: str, name: str, **options: Any) -> None:
        # Unlike a path that the server is sent, this one may be seen from the shell's folder.
        whole = str(Path(path).absolute()) if path.strip() and not path.startswith("~") else path
        try:
            library, _job = register_and_scan(whole, name=name)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(
            f"“{library}” is a library now: {library.path}\n"
            "It is scanned as soon as a worker runs (manage.py serve)."
        )
