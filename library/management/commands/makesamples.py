from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from jobs.command_line import CommandError
from library.samples import SamplesError, make_samples


class Command(BaseCommand):
    help = "Make a varied library of small real comics to try things on."
    requires_system_checks = ()  # it touches neither settings nor database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, help="a new or empty folder")
        parser.add_argument("--count", type=int, default=40, help="how many files (default: 40)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = make_samples(options["directory"], count=options["count"])
        except (SamplesError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Made {len(made)} files in {options['directory']}.")
